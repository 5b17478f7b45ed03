package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// priceListRegion is where the price list is served from, of all regions: it
// is there and in eu-central-1 alone.
const priceListRegion = "us-east-1"

// A PriceList is the AWS Price List Query API.
type PriceList struct {
	client *pricing.Client
}

// OpenPriceList finds credentials and server as the AWS tools do: from the
// environment (AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL_PRICING ...) and
// its files.
func OpenPriceList(ctx context.Context) (*PriceList, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(priceListRegion), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("reading the AWS price list: %w", err), Hint: "look at the AWS_ variables and ~/.aws/config"}
	}
	if cfg.Credentials != nil {
		_, err = cfg.Credentials.Retrieve(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return nil, priceListError(ctx, ctx.Err())
	case err != nil || cfg.Credentials == nil:
		// The SDK's own words are about the last place where it looked.
		return nil, &Error{Err: errors.New("reading the AWS price list: no credentials were found"),
			Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; they need the permission pricing:GetProducts"}
	}
	return &PriceList{pricing.NewFromConfig(cfg)}, nil
}

// Products returns the products of a service whose attributes have the values
// given, each a JSON document.
func (p *PriceList) Products(ctx context.Context, service string, attributes map[string]string) ([]string, error) {
	in := &pricing.GetProductsInput{ServiceCode: &service, FormatVersion: aws.String("aws_v1")}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		in.Filters = append(in.Filters, types.Filter{
			Field: aws.String(name), Value: aws.String(attributes[name]), Type: types.FilterTypeTermMatch,
		})
	}
	var out []string
	pages := pricing.NewGetProductsPaginator(p.client, in, func(o *pricing.GetProductsPaginatorOptions) { o.StopOnDuplicateToken = true })
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, priceListError(ctx, fmt.Errorf("%s: %w", service, err))
		}
		out = append(out, page.PriceList...)
	}
	return out, nil
}

// priceListError says what to try about an error.
func priceListError(ctx context.Context, err error) error {
	e := &Error{Err: fmt.Errorf("reading the AWS price list: %w", err), Hint: "is https://api.pricing." + priceListRegion + ".amazonaws.com reachable? AWS_ENDPOINT_URL_PRICING names another server"}
	var api smithy.APIError
	var send *smithyhttp.RequestSendError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Err = errors.New("reading the AWS price list took too long")
	case errors.As(err, &api):
		e.Err = fmt.Errorf("reading the AWS price list: %s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded":
			e.Hint = "too many requests: try again in a minute"
		case "AccessDeniedException", "AccessDenied":
			e.Hint = "the credentials need the permission pricing:GetProducts"
		case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "IncompleteSignature", "ExpiredTokenException", "ExpiredToken":
			e.Hint = "the credentials are wrong or out of date; look at AWS_ACCESS_KEY_ID or AWS_PROFILE, and at the clock"
		default:
			e.Hint = ""
		}
	case errors.As(err, &send):
		e.Err = fmt.Errorf("reading the AWS price list: %w", send.Err) // without the SDK's layers
	}
	return e
}
