package store

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// priceServer answers as the price list does, by the protocol JSON 1.1.
func priceServer(t *testing.T, answer func(w http.ResponseWriter, body map[string]any)) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		auth := r.Header.Get("Authorization")
		if r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("X-Amz-Target") != "AWSPriceListService.GetProducts" ||
			!strings.Contains(auth, "/us-east-1/pricing/aws4_request") || json.NewDecoder(r.Body).Decode(&body) != nil {
			t.Errorf("not as documented: %s %s, %v", r.Method, r.URL, r.Header)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer(w, body)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_PRICING", s.URL)
	t.Setenv("AWS_REGION", "eu-west-1") // the price list is not there
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
}

func respond(t *testing.T, w http.ResponseWriter, v any) {
	t.Helper()
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func TestProductsOfAllPages(t *testing.T) {
	pages := map[any][2]string{nil: {"a", "two"}, "two": {"b", "three"}, "three": {"c", ""}}
	priceServer(t, func(w http.ResponseWriter, body map[string]any) {
		page := pages[body["NextToken"]]
		filters, _ := json.Marshal(body["Filters"]) // it was JSON before
		if body["ServiceCode"] != "AmazonS3" || body["FormatVersion"] != "aws_v1" ||
			string(filters) != `[{"Field":"group","Type":"TERM_MATCH","Value":"g"},{"Field":"regionCode","Type":"TERM_MATCH","Value":"eu-west-1"}]` {
			t.Errorf("asked %v", body)
		}
		answer := map[string]any{"FormatVersion": "aws_v1", "PriceList": []string{page[0]}}
		if page[1] != "" {
			answer["NextToken"] = page[1]
		}
		respond(t, w, answer)
	})
	list, err := OpenPriceList(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := list.Products(t.Context(), "AmazonS3", map[string]string{"regionCode": "eu-west-1", "group": "g"})
	if err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPriceListErrors(t *testing.T) {
	for code, hint := range map[string]string{
		"ThrottlingException":         "try again",
		"AccessDeniedException":       "pricing:GetProducts",
		"UnrecognizedClientException": "wrong or out of date",
		"InvalidParameterException":   "",
	} {
		priceServer(t, func(w http.ResponseWriter, _ map[string]any) {
			w.WriteHeader(http.StatusBadRequest)
			respond(t, w, map[string]string{"__type": code, "message": "no"})
		})
		list, err := OpenPriceList(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = list.Products(t.Context(), "AmazonS3", nil)
		var e *Error
		if !errors.As(err, &e) || e.Error() != "reading the AWS price list: "+code+": no" || !strings.Contains(e.Hint, hint) || hint == "" && e.Hint != "" {
			t.Errorf("%s: %v (%+v)", code, err, e)
		}
	}
}

func TestPriceListOutOfReach(t *testing.T) {
	release := make(chan struct{})
	priceServer(t, func(http.ResponseWriter, map[string]any) { <-release })
	t.Cleanup(func() { close(release) }) // before the server is closed
	list, err := OpenPriceList(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var e *Error
	if _, err := list.Products(ctx, "AmazonS3", nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "took too long") || !strings.Contains(e.Hint, "reachable") {
		t.Errorf("%v (%+v)", err, e)
	}

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := list.Products(canceled, "AmazonS3", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}

	t.Setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:1")
	if list, err = OpenPriceList(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Products(t.Context(), "AmazonS3", nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "refused") || !strings.Contains(e.Hint, "reachable") {
		t.Errorf("%v (%+v)", err, e)
	}
}

func TestPriceListWithoutCredentials(t *testing.T) {
	none := t.TempDir() + "/none"
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
		"AWS_WEB_IDENTITY_TOKEN_FILE": ""} {
		t.Setenv(name, value)
	}
	var e *Error
	if _, err := OpenPriceList(t.Context()); !errors.As(err, &e) || !strings.Contains(err.Error(), "no credentials") || !strings.Contains(e.Hint, "AWS_PROFILE") {
		t.Errorf("%v (%+v)", err, e)
	}
}
