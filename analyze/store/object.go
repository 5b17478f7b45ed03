package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// An Object is an object of S3 that is read by ranges, as a file would be: no
// copy of it is made. Its methods are for one goroutine.
type Object struct {
	ctx    context.Context // Read has none, and must end with it
	bucket *Bucket
	key    string
	tag    string // of the version that was opened
	size   int64
	at     int64     // of the next Read
	open   []*answer // the one used last at the end
}

// An answer is the rest of an object, from an offset on, as far as it is wanted.
type answer struct {
	body io.ReadCloser
	at   int64 // of the next byte
}

const (
	// answers is how many are kept open: where picture and sound lie far apart,
	// a demuxer goes to and fro between them.
	answers = 3

	// skipMost is how far ahead bytes are read over rather than asked for anew.
	skipMost = 256 << 10
	// readTries is how many times in a row a read is begun again where the
	// connection breaks; requests are tried again by the SDK.
	readTries = 3
)

// OpenObject opens "s3://bucket/key". Reads end when ctx is cancelled. Errors do
// not name the object: its caller does.
func OpenObject(ctx context.Context, name string) (*Object, error) {
	bucket, key, err := Split(name)
	if err == nil && key == "" {
		err = fmt.Errorf("%q names no object in the bucket", name)
	}
	if err != nil {
		return nil, &Error{Err: err, Hint: "name an object, as s3://bucket/clips/a.ts"}
	}
	b, err := OpenBucket(ctx, bucket)
	if err != nil {
		return nil, err
	}
	o := &Object{ctx: ctx, bucket: b, key: key}
	if err := o.request(0); err != nil {
		return nil, err
	}
	return o, nil
}

// Size returns how many bytes the object has.
func (o *Object) Size() int64 { return o.size }

// request asks for the object from an offset on. Of an empty object there is no
// answer.
func (o *Object) request(at int64) error {
	if len(o.open) == answers {
		o.drop(o.open[0])
	}
	in := &s3.GetObjectInput{Bucket: &o.bucket.name, Key: &o.key, Range: aws.String(fmt.Sprintf("bytes=%d-", at))}
	if o.tag != "" {
		in.IfMatch = &o.tag
	}
	out, err := o.bucket.client.GetObject(o.ctx, in)
	var api smithy.APIError
	if o.tag == "" && errors.As(err, &api) && api.ErrorCode() == "InvalidRange" {
		return nil // there is no first byte
	}
	if o.ctx.Err() != nil {
		return o.ctx.Err()
	}
	if err != nil {
		return o.bucket.explain("", err)
	}
	if begins := fmt.Sprintf("bytes %d-", at); at > 0 && !strings.HasPrefix(aws.ToString(out.ContentRange), begins) {
		_ = out.Body.Close() // it is not what was asked for
		return &Error{Err: fmt.Errorf("%s sends another range than was asked for", o.bucket.server()), Hint: "is it a server of S3?"}
	}
	o.open = append(o.open, &answer{out.Body, at})
	if o.tag == "" {
		o.tag = aws.ToString(out.ETag)
		o.size = total(aws.ToString(out.ContentRange), aws.ToInt64(out.ContentLength))
	}
	return nil
}

// total returns the size of the whole from "bytes 0-9/100", or else all that is
// being sent.
func total(contentRange string, length int64) int64 {
	if _, size, ok := strings.Cut(contentRange, "/"); ok {
		if n, err := strconv.ParseInt(size, 10, 64); err == nil {
			return n
		}
	}
	return length
}

// Read reads on, and begins again where the connection breaks.
func (o *Object) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case o.at >= o.size:
		return 0, io.EOF
	}
	var broken error
	for range readTries {
		from, err := o.answer()
		if err != nil {
			return 0, err
		}
		n, err := from.body.Read(p[:min(int64(len(p)), o.size-o.at)])
		o.at += int64(n)
		from.at += int64(n)
		if n > 0 {
			return n, nil // an error comes again
		}
		if o.ctx.Err() != nil {
			return 0, o.ctx.Err()
		}
		broken = err
		o.drop(from)
	}
	if broken == nil || errors.Is(broken, io.EOF) {
		broken = io.ErrUnexpectedEOF
	}
	return 0, &Error{Err: fmt.Errorf("the connection to %s broke: %s", o.bucket.server(), broken.Error()), Unreachable: true,
		Hint: "is " + o.bucket.server() + " reachable from here?"}
}

// answer returns the one that is at the next byte to read, or shortly before.
func (o *Object) answer() (*answer, error) {
	for i, a := range o.open {
		if ahead := o.at - a.at; ahead >= 0 && ahead <= skipMost {
			n, err := io.CopyN(io.Discard, a.body, ahead)
			if a.at += n; err != nil {
				o.drop(a)
				break
			}
			o.open = append(slices.Delete(o.open, i, i+1), a)
			return a, nil
		}
	}
	if err := o.request(o.at); err != nil {
		return nil, err
	}
	return o.open[len(o.open)-1], nil
}

// Seek sets where the next Read is. Nothing is asked for before that.
func (o *Object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, errors.New("seeking before the beginning")
	}
	o.at = offset
	return offset, nil
}

func (o *Object) drop(a *answer) {
	_ = a.body.Close() // what is left of it is not wanted
	o.open = slices.DeleteFunc(o.open, func(b *answer) bool { return b == a })
}

// Close ends the reading.
func (o *Object) Close() error {
	for len(o.open) > 0 {
		o.drop(o.open[0])
	}
	return nil
}
