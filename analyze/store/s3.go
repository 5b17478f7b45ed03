// Package store knows where things are kept: the only part of the program that
// talks to a cloud vendor.
package store

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Bucket is a bucket of S3, or of a server that speaks its protocol.
type Bucket struct {
	client *s3.Client
	name   string
}

// OpenBucket finds region, credentials and server as the AWS tools do: from the
// environment (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3 ...) and its
// files. Nothing is sent yet.
func OpenBucket(ctx context.Context, name string) (*Bucket, error) {
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired))
	if err != nil {
		return nil, fmt.Errorf("opening bucket %q: %w", name, err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		// Other servers have no host name for each bucket.
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL_S3") != "" || os.Getenv("AWS_ENDPOINT_URL") != ""
		// As over TLS, where the payload is not hashed once more.
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	})
	return &Bucket{client, name}, nil
}

// Put writes an object.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data)})
	if err != nil {
		return fmt.Errorf("writing %q to bucket %q: %w", key, b.name, err)
	}
	return nil
}

// Get reads an object.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("reading %q from bucket %q: %w", key, b.name, err)
	}
	defer func() { _ = out.Body.Close() }() // it was read, or the error is known
	var data bytes.Buffer
	if n := aws.ToInt64(out.ContentLength); n > 0 { // not every server says
		data.Grow(int(n) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(out.Body); err != nil {
		return nil, fmt.Errorf("reading %q from bucket %q: %w", key, b.name, err)
	}
	return data.Bytes(), nil
}

// Delete removes an object.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return fmt.Errorf("removing %q from bucket %q: %w", key, b.name, err)
	}
	return nil
}
