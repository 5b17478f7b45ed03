package corruption

const base = -2.0

var trees = [...]tree{}
