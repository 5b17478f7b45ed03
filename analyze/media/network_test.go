package media

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve has answer deal with everybody who connects over TCP, one after the other.
func serve(t *testing.T, answer func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = c.Close() }()
			answer(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// listen serves bytes over TCP to everybody who connects, and then nothing.
func listen(t *testing.T, data []byte) (address string) {
	t.Helper()
	return serve(t, func(c net.Conn) { _, _ = c.Write(data) }) // fails where the reader has gone
}

func TestServerStalls(t *testing.T) {
	address := listen(t, nil)
	stalls(t, "tcp://"+address)
	stalls(t, "http://"+address+"/clip.ts")
	stalls(t, "http://"+address+"/list.m3u8")
}

func TestServerStallsLater(t *testing.T) {
	stallsLater(t, "tcp://"+listen(t, load(t, transportStream(t))))
}

// A server that breaks off is an error, not the end.
func TestServerBreaksOff(t *testing.T) {
	data := load(t, transportStream(t))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10000000")
		_, _ = w.Write(data)
	}))
	defer s.Close()
	in := open(t, s.URL+"/clip.ts", Options{Timeout: 10 * time.Second})
	c := &collector{}
	if err := in.Read(t.Context(), c); err == nil || len(c.pictures) < 40 {
		t.Errorf("%d pictures, error %v", len(c.pictures), err)
	}
}

// folder makes a folder with an HLS playlist and its segments.
func folder(t *testing.T) string {
	t.Helper()
	return filepath.Dir(ffmpeg(t, "list.m3u8", drawPicture, drawSound, x264,
		[]string{"-c:a", "aac", "-hls_time", "1", "-hls_playlist_type", "vod"}))
}

func TestPlaylist(t *testing.T) {
	dir := folder(t)
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer s.Close()
	for _, name := range []string{filepath.Join(dir, "list.m3u8"), s.URL + "/list.m3u8"} {
		in, got := read(t, name, Options{Timeout: 10 * time.Second})
		if p := in.Program(); len(got.pictures) != 50 || p.Format != "hls" || p.Duration != 2*time.Second {
			t.Errorf("%s: %d pictures, program %+v", name, len(got.pictures), p)
		}
		evenly(t, got.pictures, 40*ms)
	}
}

// A playlist from the network must not open local files.
func TestPlaylistNamesLocalFile(t *testing.T) {
	path := transportStream(t)
	for _, name := range []string{path, "file:" + path, "file://" + path, "concat:" + path, "subfile,,start,0,end,0,,:" + path, "../../../../../../../.." + path} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, ".m3u8") {
				http.NotFound(w, r)
				return
			}
			_, _ = w.Write([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + name + "\n#EXT-X-ENDLIST\n"))
		}))
		in, err := Open(t.Context(), s.URL+"/list.m3u8", Options{Timeout: 10 * time.Second})
		if err == nil {
			c := &collector{}
			_ = in.Read(t.Context(), c) // may fail or not, but reads nothing
			if len(c.packets) > 0 {
				t.Errorf("%s was read", name)
			}
			in.Close()
		}
		s.Close()
	}
}

// A local playlist must not reach into the network.
func TestLocalPlaylistNamesServer(t *testing.T) {
	reached := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	list := save(t, "list.m3u8", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n"+s.URL+"/a.ts\n#EXT-X-ENDLIST\n"))
	_ = fails(t, list, Options{})
	if reached {
		t.Error("the server was asked")
	}
}

// A segment that is no media is passed over, and what else there is is read.
func TestBrokenSegment(t *testing.T) {
	dir := folder(t)
	if err := os.WriteFile(filepath.Join(dir, "list1.ts"), []byte(strings.Repeat("no media ", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer s.Close()
	if _, got := read(t, s.URL+"/list.m3u8", Options{Timeout: 10 * time.Second}); len(got.pictures) < 20 {
		t.Errorf("%d pictures of the segments that are whole", len(got.pictures))
	}
}

// A peer of SRT that goes away ends the input, long before the timeout.
func TestSRTPeerGoes(t *testing.T) {
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	peer := exec.CommandContext(t.Context(), tool, "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", transportStream(t),
		"-c", "copy", "-f", "mpegts", "srt://"+address+"?mode=listener")
	if err := peer.Start(); err != nil {
		t.Fatal(err)
	}
	var in *Input
	for try := 0; in == nil; try++ {
		if in, err = Open(t.Context(), "srt://"+address, Options{Timeout: 20 * time.Second}); err != nil && try == 20 {
			t.Fatal(err)
		}
	}
	defer in.Close()
	c := &collector{}
	c.onPacket = func() {
		if len(c.packets) == 100 {
			_ = peer.Process.Kill()
		}
	}
	within(t, 15*time.Second, func() {
		if err := in.Read(t.Context(), c); err == nil {
			t.Error("that the peer has gone is no error")
		}
	})
	_ = peer.Wait() // it was killed
	if len(c.packets) < 100 {
		t.Errorf("%d packets before", len(c.packets))
	}
}
