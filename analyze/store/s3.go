// Package store knows where things are kept: files, and objects in S3. It is the
// only part of the program that talks to a cloud vendor.
package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
)

// Scheme is what names of objects begin with.
const Scheme = "s3://"

// A Bucket is a bucket of S3, or of a server that speaks its protocol.
type Bucket struct {
	client   *s3.Client
	name     string
	endpoint string // of a server other than that of AWS; "" for that
	region   string
}

// How long a server may take: to be connected to, to begin to answer, and for
// one request to write up to partSize bytes.
const (
	dialTimeout   = 10 * time.Second
	answerTimeout = 30 * time.Second
	writeTimeout  = 2 * time.Minute
)

// OpenBucket finds region, credentials and server as the AWS tools do: from the
// environment (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3 ...) and its
// files. Nothing is sent to the bucket yet.
func OpenBucket(ctx context.Context, name string) (*Bucket, error) {
	b := &Bucket{name: name, endpoint: endpoint()}
	doing := fmt.Sprintf("opening bucket %q", name)
	if u, err := url.Parse(b.endpoint); b.endpoint != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return nil, &Error{Err: fmt.Errorf("%s: %q is no URL of a server", doing, b.endpoint), Hint: "AWS_ENDPOINT_URL_S3 is such as http://127.0.0.1:7070"}
	}
	client := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = answerTimeout })
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithHTTPClient(client),
		config.WithLogger(logging.Nop{}),
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired))
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("%s: %w", doing, err), Hint: "look at the AWS_ variables and ~/.aws/config"}
	}
	if b.endpoint != "" && cfg.Region == "" {
		cfg.Region = "us-east-1" // other servers have no regions, but a signature needs one
	}
	if b.region = cfg.Region; b.region == "" {
		return nil, &Error{Err: fmt.Errorf("%s: no region is set", doing), Hint: "set AWS_REGION"}
	}
	if cfg.Credentials != nil {
		_, err = cfg.Credentials.Retrieve(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil || cfg.Credentials == nil:
		// The SDK's own words are about the last place where it looked.
		return nil, &Error{Err: fmt.Errorf("%s: no credentials were found", doing),
			Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"}
	}
	b.client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		// Other servers have no host name for each bucket.
		o.UsePathStyle = b.endpoint != ""
		// As over TLS, where the payload is not hashed once more.
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	})
	return b, nil
}

// endpoint is the server that the environment names, "" for that of AWS.
func endpoint() string {
	return cmp.Or(os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"))
}

// Split splits "s3://bucket/key" into its parts. The key may be empty.
func Split(name string) (bucket, key string, err error) {
	rest, ok := strings.CutPrefix(name, Scheme)
	bucket, key, _ = strings.Cut(rest, "/")
	if !ok || bucket == "" || strings.ContainsAny(bucket, " ?#@:") {
		return "", "", fmt.Errorf("%q is not of the form s3://bucket/key", name)
	}
	return bucket, key, nil
}

// object names an object for people.
func (b *Bucket) object(key string) string { return Scheme + b.name + "/" + key }

// Put writes an object.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data)})
	if err != nil {
		return b.explain(fmt.Sprintf("writing %q to bucket %q", key, b.name), err)
	}
	return nil
}

// Get reads an object.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	doing := fmt.Sprintf("reading %q from bucket %q", key, b.name)
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, b.explain(doing, err)
	}
	defer func() { _ = out.Body.Close() }() // it was read, or the error is known
	var data bytes.Buffer
	if n := aws.ToInt64(out.ContentLength); n > 0 { // not every server says
		data.Grow(int(n) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(out.Body); err != nil {
		return nil, b.explain(doing, err)
	}
	return data.Bytes(), nil
}

// Delete removes an object.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return b.explain(fmt.Sprintf("removing %q from bucket %q", key, b.name), err)
	}
	return nil
}

// partSize is how much one request writes, and maxParts how many an object may
// have (Amazon S3 user guide, multipart upload limits; the least is 5 MiB).
const (
	partSize = 16 << 20
	maxParts = 10000
)

// Upload writes an object of a file's bytes. It appears whole or not at all.
func (b *Bucket) Upload(ctx context.Context, key, mediaType string, f io.ReaderAt, size int64) error {
	doing := "writing " + b.object(key)
	part := max(int64(partSize), (size+maxParts-1)/maxParts)
	if size > part {
		if err := b.uploadParts(ctx, key, mediaType, f, size, part); err != nil {
			return b.explain(doing, err)
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, ContentType: &mediaType, ContentLength: &size, Body: io.NewSectionReader(f, 0, size),
	})
	if err != nil {
		return b.explain(doing, err)
	}
	return nil
}

func (b *Bucket) uploadParts(ctx context.Context, key, mediaType string, f io.ReaderAt, size, part int64) (err error) {
	begun, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key, ContentType: &mediaType})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // what was written would be paid for until it is taken back
			b.abort(ctx, key, begun.UploadId)
		}
	}()
	var parts []types.CompletedPart
	for at := int64(0); at < size; at += part {
		n := aws.Int32(int32(len(parts) + 1))
		body := io.NewSectionReader(f, at, min(part, size-at))
		tag, err := b.uploadPart(ctx, &s3.UploadPartInput{
			Bucket: &b.name, Key: &key, UploadId: begun.UploadId, PartNumber: n, ContentLength: aws.Int64(body.Size()), Body: body,
		})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{ETag: tag, PartNumber: n})
	}
	_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &b.name, Key: &key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}

func (b *Bucket) uploadPart(ctx context.Context, in *s3.UploadPartInput) (*string, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	out, err := b.client.UploadPart(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.ETag, nil
}

// abort takes back an upload that failed, as far as the server answers.
func (b *Bucket) abort(ctx context.Context, key string, id *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
	defer cancel()
	_, _ = b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: id}) // why it failed is known
}

// Check finds out whether objects can be written below a prefix, before there
// is anything to write. It writes none.
func (b *Bucket) Check(ctx context.Context, prefix string) error {
	doing := "opening " + b.object(prefix)
	_, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, MaxKeys: aws.Int32(1)})
	if err == nil {
		return nil
	}
	if err = b.explain(doing, err); !denied(err) {
		return err
	}
	// To write does not need the permission to list.
	key := prefix + ".vqa"
	begun, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return b.explain(doing, err)
	}
	b.abort(ctx, key, begun.UploadId)
	return nil
}

var errDenied = errors.New("access is denied")

func denied(err error) bool { return errors.Is(err, errDenied) }
