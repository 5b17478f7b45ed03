package media

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Bytes are looked at once, and in the same way, however they are read.
func TestTransportRows(t *testing.T) {
	path := transportStream(t)
	data := load(t, path)
	o := Options{Transport: true, SkipVideo: true, SkipAudio: true}
	_, want := read(t, path, o)
	last := want.transport[len(want.transport)-1]
	if packets := int64(len(data)) / 188; last.Kind != measure.End || last.Packets != packets || last.Position != int64(len(data)) {
		t.Fatalf("last row is %+v, want the end of %d packets", last, packets)
	}
	units := 0
	for _, r := range want.transport {
		if r.Kind == measure.UnitStart && r.HasPTS {
			if units++; r.Time < 0 || r.Time > want.packets[len(want.packets)-1].PTS+2e9 {
				t.Errorf("unit at %v", r.Time)
			}
		}
		if r.Kind == measure.Continuity || r.Kind == measure.SyncByte {
			t.Errorf("row %+v", r)
		}
	}
	if units == 0 {
		t.Error("no units")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(path))))
	defer server.Close()
	_, got := read(t, server.URL+"/"+filepath.Base(path), o)
	if !reflect.DeepEqual(got.transport, want.transport) {
		t.Error("rows over HTTP are others")
	}
	pipeStdin(t, data, false)
	_, got = read(t, Stdin, o)
	if !reflect.DeepEqual(got.transport, want.transport) {
		t.Error("rows of a pipe are others")
	}
}

func TestTransportRowsOnlyWhereWanted(t *testing.T) {
	if _, c := read(t, transportStream(t), Options{}); len(c.transport) > 0 {
		t.Errorf("%d rows that nobody wants", len(c.transport))
	}
}

// A transport stream without audio or video is read to its end.
func TestTransportAlone(t *testing.T) {
	b := make([]byte, 100*188)
	for i := range 100 {
		b[188*i], b[188*i+1], b[188*i+2], b[188*i+3] = 0x47, 1, 2, 0x10|byte(i&15)
	}
	path := save(t, "alone.ts", b)
	_ = fails(t, path, Options{})
	in, c := read(t, path, Options{Transport: true})
	if p := in.Program(); p.Format != "mpegts" || len(p.Streams) > 0 {
		t.Errorf("program %+v", p)
	}
	if last := c.transport[len(c.transport)-1]; last.Packets != 100 {
		t.Errorf("last row is %+v", last)
	}
}

func TestPlaylists(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("1.ts", load(t, transportStream(t)))
	write("list.m3u8", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n#EXTINF:2,\n2.ts\n#EXT-X-ENDLIST\n"))
	write("main.m3u8", []byte("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlist.m3u8\n"))
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for _, base := range []string{dir, server.URL} {
		in, c := read(t, base+"/main.m3u8", Options{Playlists: true})
		lists := in.Program().Playlists
		if len(lists) != 2 || lists[1].Rank != "variant" || len(lists[1].Segments) != 2 || len(lists[1].Invalid) > 0 {
			t.Fatalf("playlists %+v", lists)
		}
		missing := 0
		for _, r := range c.resources {
			if r.Err != "" {
				if missing++; r.URL != lists[1].Segments[1].URL || !strings.HasSuffix(r.URL, "2.ts") {
					t.Errorf("missing is %q, in the playlist %q", r.URL, lists[1].Segments[1].URL)
				}
			}
		}
		if missing == 0 {
			t.Error("no segment is missing")
		}
	}
}

// A live playlist is told each time that it is read again, as it was then.
func TestLivePlaylist(t *testing.T) {
	dir := folder(t)
	retrieved := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/first.m3u8": // names of segments are relative to where this leads
			http.Redirect(w, r, "/live/list.m3u8", http.StatusFound)
		case !strings.HasSuffix(r.URL.Path, ".m3u8"):
			http.ServeFile(w, r, filepath.Join(dir, "list0.ts"))
		default:
			retrieved++
			n := max(retrieved-2, 0) // FFmpeg's first, and that of the program
			fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:%d\n", n)
			for i := range 3 {
				fmt.Fprintf(w, "#EXTINF:1,\n%d.ts\n", n+i)
			}
			if n == 2 {
				fmt.Fprintln(w, "#EXT-X-ENDLIST")
			}
		}
	}))
	defer server.Close()
	_, c := read(t, server.URL+"/first.m3u8", Options{Playlists: true, Timeout: 10 * time.Second})
	var sequences []int64
	segments := 0
	for _, r := range c.resources {
		switch {
		case r.Playlist == nil:
			if segments++; r.Err != "" || !strings.HasSuffix(r.URL, ".m3u8") && !strings.HasPrefix(r.URL, server.URL+"/live/") {
				t.Errorf("segment %+v", r)
			}
		case r.After <= 0 || len(r.Playlist.Segments) != 3:
			t.Errorf("%+v", r)
		default:
			sequences = append(sequences, r.Playlist.Sequence)
		}
	}
	if !slices.Equal(sequences, []int64{1, 2}) || segments < 4 {
		t.Errorf("sequences %v, %d segments", sequences, segments)
	}
}
