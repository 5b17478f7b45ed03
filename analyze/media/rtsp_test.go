package media

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// serveRTSP serves a transport stream by RTSP (RFC 2326), over RTP within the
// connection, to everybody who connects, and then does as finish says: it ends the
// stream, or is silent.
func serveRTSP(t *testing.T, data []byte, finish func(net.Conn)) (url string) {
	t.Helper()
	urlOf := func(address string) string { return "rtsp://" + address + "/live" }
	return urlOf(serve(t, func(c net.Conn) {
		if answerRTSP(c, urlOf(c.LocalAddr().String())) {
			sendRTP(c, data)
			finish(c)
		}
	}))
}

// answerRTSP answers requests up to that to play.
func answerRTSP(c net.Conn, url string) (plays bool) {
	in := textproto.NewReader(bufio.NewReader(c))
	for {
		line, err := in.ReadLine()
		if err != nil {
			return false
		}
		header, err := in.ReadMIMEHeader()
		if err != nil {
			return false
		}
		status, more := "200 OK", ""
		method, _, _ := strings.Cut(line, " ")
		switch method {
		case "OPTIONS":
			more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
		case "DESCRIBE":
			sdp := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=live\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"
			more = fmt.Sprintf("Content-Base: %s/\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", url, len(sdp), sdp)
		case "SETUP":
			more = "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
			if !strings.Contains(header.Get("Transport"), "TCP") {
				status, more = "461 Unsupported Transport", ""
			}
		case "PLAY":
			more = "Session: 1\r\n"
		}
		if method != "DESCRIBE" {
			more += "\r\n"
		}
		fmt.Fprintf(c, "RTSP/1.0 %s\r\nCSeq: %s\r\n%s", status, header.Get("CSeq"), more)
		if method == "PLAY" || method == "TEARDOWN" {
			return method == "PLAY"
		}
	}
}

// sendRTP sends seven transport packets in each packet of RTP (RFC 2250).
func sendRTP(c net.Conn, data []byte) {
	const most = 7 * 188
	for n := uint16(0); len(data) > 0; n++ {
		part := data[:min(most, len(data))]
		data = data[len(part):]
		head := []byte{'$', 0, 0, 0, 0x80, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
		binary.BigEndian.PutUint16(head[2:], uint16(12+len(part)))
		binary.BigEndian.PutUint16(head[6:], n)
		if _, err := c.Write(append(head, part...)); err != nil {
			return // nobody looks any more
		}
	}
}

func TestRTSP(t *testing.T) {
	data := load(t, transportStream(t))
	url := serveRTSP(t, data, func(c net.Conn) { _ = c.Close() })
	in := open(t, url, Options{Timeout: 10 * time.Second})
	c := &collector{}
	_ = in.Read(t.Context(), c) // whether a broken connection is an error is FFmpeg's to say
	if p := in.Program(); p.Format != "rtsp" || len(p.Streams) != 2 || in.Recorded() {
		t.Errorf("program %+v, recorded %v", p, in.Recorded())
	}
	if len(c.pictures) < 40 {
		t.Errorf("%d pictures", len(c.pictures))
	}
}

func TestRTSPStalls(t *testing.T) {
	data := load(t, transportStream(t))
	stallsLater(t, serveRTSP(t, data, func(net.Conn) {}))
}
