package measure

// LayoutChannels returns the number of channels of a layout by FFmpeg's name,
// 0 where it is not one of those known here.
func LayoutChannels(layout string) int {
	n, _ := layoutPairs(layout)
	return n
}

// Pairs returns the left channel of each pair of left and right in a layout, by
// FFmpeg's name and order of channels; the right one is the next. Of an unknown
// layout, or one that channels does not fit, the first two channels are a pair.
func Pairs(layout string, channels int) []int {
	if n, pairs := layoutPairs(layout); n == channels {
		return pairs
	}
	if channels >= 2 {
		return []int{0}
	}
	return nil
}

// layoutPairs is from FFmpeg's table, libavutil/channel_layout.c.
func layoutPairs(layout string) (channels int, pairs []int) {
	switch layout {
	case "mono":
		return 1, nil
	case "stereo", "downmix":
		return 2, []int{0}
	case "2.1", "3.0", "3.0(back)":
		return 3, []int{0}
	case "4.0", "3.1":
		return 4, []int{0}
	case "quad", "quad(side)":
		return 4, []int{0, 2}
	case "4.1":
		return 5, []int{0}
	case "5.0", "5.0(side)":
		return 5, []int{0, 3}
	case "5.1", "5.1(side)":
		return 6, []int{0, 4}
	case "6.0":
		return 6, []int{0, 4}
	case "6.0(front)":
		return 6, []int{0, 2, 4}
	case "hexagonal":
		return 6, []int{0, 3}
	case "6.1":
		return 7, []int{0, 5}
	case "6.1(back)":
		return 7, []int{0, 4}
	case "6.1(front)", "7.0", "7.0(front)":
		return 7, []int{0, 3, 5}
	case "7.1", "7.1(wide)", "7.1(wide-side)", "7.1(top)":
		return 8, []int{0, 4, 6}
	case "octagonal":
		return 8, []int{0, 3, 6}
	}
	return 0, nil
}
