package store

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	at     int64         // of the next Read
	body   io.ReadCloser // from bodyAt on; nil where nothing is open
	bodyAt int64
}

const (
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

// request asks for the object from an offset on.
func (o *Object) request(at int64) error {
	o.drop()
	in := &s3.GetObjectInput{Bucket: &o.bucket.name, Key: &o.key, Range: aws.String(fmt.Sprintf("bytes=%d-", at))}
	if o.tag != "" {
		in.IfMatch = &o.tag
	}
	out, err := o.bucket.client.GetObject(o.ctx, in)
	var api smithy.APIError
	if o.tag == "" && errors.As(err, &api) && api.ErrorCode() == "InvalidRange" {
		return nil // it is empty: there is no first byte
	}
	if o.ctx.Err() != nil {
		return o.ctx.Err()
	}
	if err != nil {
		return o.bucket.explain("", err)
	}
	o.body, o.bodyAt = out.Body, at
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
		if err := o.open(); err != nil {
			return 0, err
		}
		n, err := o.body.Read(p[:min(int64(len(p)), o.size-o.at)])
		o.at += int64(n)
		o.bodyAt += int64(n)
		if n > 0 {
			return n, nil // an error comes again
		}
		if o.ctx.Err() != nil {
			return 0, o.ctx.Err()
		}
		broken = err
		o.drop()
	}
	if broken == nil || errors.Is(broken, io.EOF) {
		broken = io.ErrUnexpectedEOF
	}
	return 0, &Error{Err: fmt.Errorf("the connection to %s broke: %v", o.bucket.server(), broken), Unreachable: true,
		Hint: "is " + o.bucket.server() + " reachable from here?"}
}

// open sees to it that the body is at the next byte to read.
func (o *Object) open() error {
	if ahead := o.at - o.bodyAt; o.body != nil && ahead >= 0 && ahead <= skipMost {
		n, err := io.CopyN(io.Discard, o.body, ahead)
		if o.bodyAt += n; err == nil {
			return nil
		}
	}
	return o.request(o.at)
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

func (o *Object) drop() {
	if o.body != nil {
		_ = o.body.Close() // what is left of it is not wanted
		o.body = nil
	}
}

// Close ends the reading.
func (o *Object) Close() error {
	o.drop()
	return nil
}
