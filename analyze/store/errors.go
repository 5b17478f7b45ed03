package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An Error is a failure of a service, with what to try.
type Error struct {
	Err  error
	Hint string // may be empty

	// Unreachable says that the service did not answer, or not as it should: what
	// was asked of it may work later.
	Unreachable bool
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// What returns what to try.
func (e *Error) What() string { return e.Hint }

// unreachable reports whether err is of a service that did not answer.
func unreachable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Unreachable
}

// explain puts a failure of S3 into words: what was being done, where the caller
// does not say so, why it failed, and what to try.
func (b *Bucket) explain(doing string, err error) error {
	e := &Error{}
	cause := err
	var known *Error
	var api smithy.APIError
	var send *smithyhttp.RequestSendError
	var answer *smithyhttp.ResponseError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &send):
		cause, e.Unreachable = send.Err, true // without the SDK's layers
		e.Hint = "is " + b.server() + " reachable from here? AWS_ENDPOINT_URL_S3 names another server"
		if get := (*url.Error)(nil); errors.As(cause, &get) {
			cause = get.Err
		}
		// A timeout of the network's is not that of the caller.
		cause = errors.New(cause.Error())
	case errors.As(err, &api):
		e.Hint, e.Unreachable, cause = b.answer(api)
		if errors.As(err, &answer) {
			e.Unreachable = e.Unreachable || answer.HTTPStatusCode() >= 500
			if e.Hint == "" && (answer.HTTPStatusCode() == 401 || answer.HTTPStatusCode() == 403) { // other servers have words of their own
				e.Hint, cause = b.refused(api)
			}
		}
	case errors.As(err, &answer):
		cause = fmt.Errorf("%s answered %d", b.server(), answer.HTTPStatusCode())
		e.Unreachable = answer.HTTPStatusCode() >= 500
		e.Hint = "is it a server of S3?"
	case errors.Is(err, context.DeadlineExceeded):
		cause, e.Unreachable = fmt.Errorf("%s did not answer in time", b.server()), true
	}
	if e.Err = cause; doing != "" {
		e.Err = fmt.Errorf("%s: %w", doing, cause)
	}
	return e
}

// answer puts an error that the server names into words.
func (b *Bucket) answer(api smithy.APIError) (hint string, unreachable bool, err error) {
	switch api.ErrorCode() {
	case "NoSuchBucket":
		return "check its name, and the region and server: " + b.server(), false, fmt.Errorf("there is no bucket %q", b.name)
	case "NoSuchKey", "NotFound":
		return "check its name; names have no leading slash, and upper case counts", false, errors.New("there is no such object")
	case "AccessDenied", "Forbidden", "AllAccessDisabled":
		return "the credentials need the permissions s3:GetObject to read, and s3:PutObject to write", false, errDenied
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "RequestExpired", "RequestTimeTooSkewed",
		"XAdminUserNotFound": // of versitygw
		hint, err = b.refused(api)
		return hint, false, err
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently":
		return "set AWS_REGION to its region", false, errors.New("the bucket is in another region")
	case "PreconditionFailed":
		return "", false, errors.New("the object was changed meanwhile")
	case "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Busy":
		return "", true, fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	return "", false, fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
}

func (b *Bucket) refused(api smithy.APIError) (hint string, err error) {
	return "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and at the clock",
		fmt.Errorf("the credentials are not accepted (%s)", api.ErrorCode())
}

// server names the server for people.
func (b *Bucket) server() string {
	if b.endpoint != "" {
		return b.endpoint
	}
	return "S3 of " + b.region
}
