package playlist

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	p, _ := Parse("http://a/b/list.m3u8?x=1", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\n1.ts\r\n"+
		"#EXT-X-DISCONTINUITY\n#EXTINF:3.5,title\n/2.ts\n#EXT-X-GAP\n#EXTINF:1\nhttp://c/3.ts\n#EXT-X-ENDLIST\n")
	if len(p.Invalid) > 0 || p.Target != 4*time.Second || p.Sequence != 7 || !p.Ended || p.Duration() != 8500*time.Millisecond || len(p.Segments) != 3 {
		t.Fatalf("%+v", p)
	}
	for i, want := range []string{"http://a/b/1.ts", "http://a/2.ts", "http://c/3.ts"} {
		if p.Segments[i].URL != want {
			t.Errorf("segment %d is %s, want %s", i, p.Segments[i].URL, want)
		}
	}
	if s := p.Segments; !s[1].Discontinuity || s[0].Discontinuity || !s[2].Gap || s[1].Gap || s[2].Start != 7500*time.Millisecond {
		t.Errorf("segments %+v", s)
	}
}

func TestParseMaster(t *testing.T) {
	_, others := Parse("file:/a/main.m3u8", "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a,b\",URI=\"s/a.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")
	if len(others) != 2 || others[0] != (Reference{"file:/a/s/a.m3u8", "AUDIO"}) || others[1] != (Reference{"file:/a/v.m3u8", "variant"}) {
		t.Errorf("%+v", others)
	}
}

func TestInvalid(t *testing.T) {
	for text, want := range map[string]int{
		"":                            1,
		"nothing\n":                   1,
		"#EXTM3U\n#EXTINF:x,\n1.ts\n": 3,
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n#EXT-X-MEDIA-SEQUENCE:2\n": 1,
		"#EXTM3U\n#EXT-X-TARGETDURATION:NaN\n":                                          1,
	} {
		if p, _ := Parse("file:/a", text); len(p.Invalid) != want {
			t.Errorf("%q: %+v, want %d faults", text, p.Invalid, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"a\"")
	f.Fuzz(func(t *testing.T, text string) {
		p, _ := Parse("http://a/b", text)
		var at time.Duration
		for _, s := range p.Segments {
			if s.Start != at || s.Duration < 0 {
				t.Errorf("segment %+v is not at %v", s, at)
			}
			at += s.Duration
		}
	})
}
