package media

import (
	"encoding/binary"
	"fmt"
	"net"
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
	o.Timeout = 2 * time.Second // nothing else ends it
	in := open(t, send(t, data), o)
	got = &collector{}
	if err := in.Read(t.Context(), got); err == nil {
		t.Error("UDP has come to an end")
	}
	if !reflect.DeepEqual(got.transport, want.transport) {
		t.Error("rows over UDP are others")
	}
}

// send sends bytes over UDP, slowly enough for none to be lost.
func send(t *testing.T, data []byte) (url string) {
	t.Helper()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	_ = free.Close()
	c, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprintf(":%04X ", free.LocalAddr().(*net.UDPAddr).Port)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for len(data) > 0 && t.Context().Err() == nil {
			<-tick.C
			if sockets, err := os.ReadFile("/proc/net/udp"); err == nil && !strings.Contains(string(sockets), port) {
				continue // nobody listens yet
			}
			n := min(7*188, len(data))
			_, _ = c.Write(data[:n])
			data = data[n:]
		}
	}()
	t.Cleanup(func() { <-done; _ = c.Close() })
	return "udp://" + address
}

// A program that moves its streams to other PIDs goes on.
func TestStreamsMove(t *testing.T) {
	data := load(t, transportStream(t, "-mpegts_flags", "+resend_headers"))
	moved := map[int]int{0x100: 0x120, 0x101: 0x121}
	for at := len(data) / 188 / 2 * 188; at < len(data); at += 188 {
		p := data[at : at+188]
		pid := int(p[1]&0x1f)<<8 | int(p[2])
		if to, ok := moved[pid]; ok {
			p[1], p[2] = p[1]&0xe0|byte(to>>8), byte(to)
		} else if pid == 0x1000 {
			movePMT(p[5:], moved)
		}
	}
	path := save(t, "moved.ts", data)
	_, want := read(t, transportStream(t), Options{})
	in, got := read(t, path, Options{})
	if n := len(in.Program().Streams); n != 2 {
		t.Errorf("%d streams", n)
	}
	// The last picture and the last sound before are cut off, as far as tables come late.
	if len(got.pictures) < len(want.pictures)-4 {
		t.Errorf("%d pictures, want nearly %d", len(got.pictures), len(want.pictures))
	}
	for _, p := range got.pictures {
		if p.Discontinuity {
			t.Errorf("time goes back at %v", p.PTS)
		}
	}
}

// movePMT changes the PIDs of a PMT, which gets another version.
func movePMT(section []byte, moved map[int]int) {
	section = section[:3+(int(section[1]&15)<<8|int(section[2]))]
	section[5] ^= 2
	move := func(b []byte) {
		if to, ok := moved[int(b[0]&0x1f)<<8|int(b[1])]; ok {
			b[0], b[1] = b[0]&0xe0|byte(to>>8), byte(to)
		}
	}
	move(section[8:]) // PCR_PID
	end := len(section) - 4
	for i := 12 + (int(section[10]&15)<<8 | int(section[11])); i < end; i += 5 + (int(section[i+3]&15)<<8 | int(section[i+4])) {
		move(section[i+1:])
	}
	sum := ^uint32(0)
	for _, x := range section[:end] {
		sum ^= uint32(x) << 24
		for range 8 {
			sum = sum<<1 ^ sum>>31*0x04c11db7
		}
	}
	binary.BigEndian.PutUint32(section[end:], sum)
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
