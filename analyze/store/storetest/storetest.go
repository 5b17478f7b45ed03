// Package storetest runs an S3 server for tests, versitygw, behind a proxy that
// can be cut as a network would be.
package storetest

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// ServerVariable names the program of the server in the environment;
// scripts/test.sh sets it.
const ServerVariable = "VQA_S3_SERVER"

// A Server is an S3 server with a bucket "vqa".
type Server struct {
	Dir string // of the buckets: objects are files

	program string
	proxy   net.Listener
	backend string
	mu      sync.Mutex
	left    int64 // bytes that may still pass; below 0 for any number
	down    bool
	open    map[net.Conn]bool
}

// Start starts a server, names it in the environment of the test, and stops it at
// its end. Tests without the server installed are skipped.
func Start(t *testing.T) *Server {
	t.Helper()
	program := os.Getenv(ServerVariable)
	if program == "" {
		t.Skip("no S3 server: " + ServerVariable + " does not name one; scripts/s3.sh builds it")
	}
	s := &Server{Dir: t.TempDir(), program: program, left: -1, open: map[net.Conn]bool{}}
	if err := os.Mkdir(filepath.Join(s.Dir, "vqa"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.backend = free(t)
	cmd := exec.Command(program, "--port", s.backend, "--iam-dir", t.TempDir(), "posix", s.Dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY=key", "ROOT_SECRET_KEY=secret")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", s.backend)
		if err == nil {
			_ = c.Close() // it was only to see
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the S3 server does not answer: %v", err)
		}
	}
	var err error
	if s.proxy, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.proxy.Close(); s.Cut() })
	go s.accept()
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://"+s.proxy.Addr().String())
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	return s
}

// Stranger makes the rest of the test speak for a user who may do nothing.
func (s *Server) Stranger(t *testing.T) {
	t.Helper()
	const name, secret = "stranger", "of no concern"
	cmd := exec.Command(s.program, "admin", "-a", "key", "-s", "secret", "-er", "http://"+s.backend,
		"create-user", "-a", name, "-s", secret, "-r", "user")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("adding a user: %v\n%s", err, out)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", name)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
}

// free returns an address of this machine that nothing listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String()
}

// Cut breaks all connections, and every one to come at once.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	s.closeAll()
}

// CutAfter lets so many bytes pass in either direction, and then breaks all
// connections, until Restore.
func (s *Server) CutAfter(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = bytes
}

// Restore ends a cut.
func (s *Server) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.left = false, -1
}

// Hiccup breaks the connections there are, and none to come.
func (s *Server) Hiccup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeAll()
}

func (s *Server) closeAll() {
	for c := range s.open {
		_ = c.Close() // that is what it is for
	}
	clear(s.open)
}

func (s *Server) accept() {
	for {
		c, err := s.proxy.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", s.backend)
		s.mu.Lock()
		if s.down || err != nil {
			_ = c.Close() // that is what it is for
			if err == nil {
				_ = b.Close() // likewise
			}
		} else {
			s.open[c], s.open[b] = true, true
			go s.pass(c, b)
			go s.pass(b, c)
		}
		s.mu.Unlock()
	}
}

func (s *Server) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }() // one of them is closed
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && s.may(n) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// may counts what passes, and cuts where it was too much.
func (s *Server) may(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left < 0 {
		return true
	}
	if s.left -= int64(n); s.left <= 0 {
		s.left, s.down = 0, true
		s.closeAll()
		return false
	}
	return true
}

// Object returns what is in the bucket under a key, nil where nothing is.
func (s *Server) Object(t *testing.T, key string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(s.Dir, "vqa", filepath.FromSlash(key)))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Add puts an object into the bucket.
func (s *Server) Add(t *testing.T, key string, data []byte) {
	t.Helper()
	path := filepath.Join(s.Dir, "vqa", filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
