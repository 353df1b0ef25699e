package model

import (
	"testing"
	"time"
)

var (
	before2023 = time.Date(2023, 1, 4, 23, 59, 59, 0, time.UTC).Unix()
	since2023  = time.Date(2023, 1, 5, 0, 0, 0, 0, time.UTC).Unix()
)

func put(change func(*EncInput)) EncInput {
	in := EncInput{Service: "s3", Op: "PutObject", Category: Data, ReadOnly: False, Outcome: OK, Time: since2023}
	change(&in)
	return in
}

func TestClassifyEncryption(t *testing.T) {
	cases := map[string]struct {
		in      EncInput
		enc     Enc
		request EncReq
	}{
		"by the bucket's default, SSE-S3":             {put(func(i *EncInput) { i.Applied = "Default_SSE_S3" }), EncSSES3Default, EncReqNone},
		"asked for, SSE-S3":                           {put(func(i *EncInput) { i.Applied, i.RequestSSE = "SSE_S3", "AES256" }), EncSSES3, EncReqSSES3},
		"by the bucket's default, SSE-KMS":            {put(func(i *EncInput) { i.Applied = "Default_SSE_KMS" }), EncSSEKMSDefault, EncReqNone},
		"asked for, SSE-KMS":                          {put(func(i *EncInput) { i.Applied, i.RequestSSE = "SSE_KMS", "aws:kms" }), EncSSEKMS, EncReqSSEKMS},
		"dual-layer is known by its letters":          {put(func(i *EncInput) { i.Applied = "SSE_KMS_DSSE" }), EncDSSEKMS, EncReqNone},
		"dual-layer by the bucket's default":          {put(func(i *EncInput) { i.Applied = "Default_DSSE_KMS" }), EncDSSEKMSDefault, EncReqNone},
		"dual-layer told by the response only":        {put(func(i *EncInput) { i.Applied, i.ResponseSSE = "SSE_KMS", "aws:kms:dsse" }), EncDSSEKMS, EncReqNone},
		"a customer's key":                            {put(func(i *EncInput) { i.Applied, i.RequestCustomer = "SSE_C", "AES256" }), EncSSEC, EncReqSSEC},
		"a text we do not know":                       {put(func(i *EncInput) { i.Applied = "SSE_MOON" }), EncOther, EncReqNone},
		"only the response, asked for":                {put(func(i *EncInput) { i.RequestSSE, i.ResponseSSE = "AES256", "AES256" }), EncSSES3, EncReqSSES3},
		"only the response, not asked for":            {put(func(i *EncInput) { i.ResponseSSE = "aws:kms" }), EncSSEKMSDefault, EncReqNone},
		"only the response, dual-layer":               {put(func(i *EncInput) { i.ResponseSSE = "aws:kms:dsse" }), EncDSSEKMSDefault, EncReqNone},
		"only the response, a customer's key":         {put(func(i *EncInput) { i.ResponseCustomer = "AES256" }), EncSSEC, EncReqNone},
		"only the response, unknown":                  {put(func(i *EncInput) { i.ResponseSSE = "aws:fsx" }), EncOther, EncReqNone},
		"a header we do not know is not none":         {put(func(i *EncInput) { i.Applied, i.RequestSSE = "Default_SSE_S3", "aws:fsx" }), EncSSES3Default, 0},
		"silence a second before S3's change":         {put(func(i *EncInput) { i.Time = before2023 }), EncNone, EncReqNone},
		"silence since S3 encrypts everything":        {put(func(*EncInput) {}), EncNotReported, EncReqNone},
		"silence without a time":                      {put(func(i *EncInput) { i.Time = NoTime }), EncUnknown, EncReqNone},
		"silence where parts are left out":            {put(func(i *EncInput) { i.Omitted = true }), EncUnknown, EncReqNone},
		"silence of a directory bucket":               {put(func(i *EncInput) { i.Service = "s3express" }), EncUnknown, EncReqNone},
		"silence of Outposts before 2023":             {put(func(i *EncInput) { i.Service, i.Time = "s3-outposts", before2023 }), EncUnknown, EncReqNone},
		"a directory bucket that tells":               {put(func(i *EncInput) { i.Service, i.Applied = "s3express", "SSE_S3" }), EncSSES3, EncReqNone},
		"a denied write is not an unencrypted one":    {put(func(i *EncInput) { i.Outcome, i.Time = Denied, before2023 }), EncNotWritten, EncReqNone},
		"a failed write keeps what it asked for":      {put(func(i *EncInput) { i.Outcome, i.RequestSSE = Failed, "aws:kms" }), EncNotWritten, EncReqSSEKMS},
		"a copy":                                      {put(func(i *EncInput) { i.Op, i.Applied = "CopyObject", "SSE_C" }), EncSSEC, EncReqNone},
		"an upload that was started":                  {put(func(i *EncInput) { i.Op, i.Applied = "CreateMultipartUpload", "Default_SSE_S3" }), EncSSES3Default, EncReqNone},
		"encryption changed in place":                 {put(func(i *EncInput) { i.Op = "UpdateObjectEncryption" }), EncSSEKMS, EncReqNone},
		"encryption not changed in place":             {put(func(i *EncInput) { i.Op, i.Outcome = "UpdateObjectEncryption", Denied }), EncNotWritten, EncReqNone},
		"a part takes its upload's":                   {put(func(i *EncInput) { i.Op = "UploadPart" }), EncNA, EncReqNone},
		"a delete":                                    {put(func(i *EncInput) { i.Op = "DeleteObject" }), EncNA, EncReqNone},
		"a read that shows SSEApplied is no write":    {put(func(i *EncInput) { i.Op, i.ReadOnly, i.Applied = "GetObject", True, "SSE_KMS" }), EncNA, EncReqNone},
		"a read with a customer's key":                {put(func(i *EncInput) { i.Op, i.ReadOnly, i.RequestCustomer = "GetObject", True, "AES256" }), EncNA, EncReqSSEC},
		"an object operation of the future":           {put(func(i *EncInput) { i.Op = "AppendObject" }), EncUnknown, EncReqNone},
		"a bucket's configuration":                    {put(func(i *EncInput) { i.Op, i.Category = "PutBucketPolicy", Management }), EncNA, EncReqNone},
		"another service's operation of the name":     {put(func(i *EncInput) { i.Service, i.RequestSSE = "mediastore", "AES256" }), EncNA, 0},
		"a write that calls itself management is one": {put(func(i *EncInput) { i.Category, i.Applied = Management, "SSE_S3" }), EncSSES3, EncReqNone},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			enc, request := ClassifyEncryption(c.in)
			if enc != c.enc || request != c.request {
				t.Errorf("got %q, %q; want %q, %q", enc, request, c.enc, c.request)
			}
		})
	}
}

func TestEncForAccessLog(t *testing.T) {
	cases := map[string]struct {
		op      string
		outcome Outcome
		want    Enc
	}{
		"a write's encryption is not in the log": {"PutObject", OK, EncUnknown},
		"a denied write wrote nothing":           {"PutObject", Denied, EncNotWritten},
		"a form's post is a write":               {"PostObject", OK, EncUnknown},
		"a part decides nothing":                 {"UploadPart", OK, EncNA},
		"a read":                                 {"GetObject", OK, EncNA},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := EncForAccessLog(c.op, c.outcome); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
