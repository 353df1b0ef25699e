package model

import (
	"strings"
	"time"
)

// encryptedByDefault is when S3 began to encrypt every new object ("Setting default server-side
// encryption behavior for Amazon S3 buckets", Amazon S3 User Guide: January 5, 2023).
var encryptedByDefault = time.Date(2023, 1, 5, 0, 0, 0, 0, time.UTC).Unix()

// EncInput is what a CloudTrail record says about encryption. An empty text is an absent one.
type EncInput struct {
	Service  string // without .amazonaws.com
	Op       string
	Category Category
	ReadOnly Tri
	Outcome  Outcome
	Time     int64 // Unix seconds, or NoTime
	Omitted  bool  // CloudTrail left parts of the record out

	Applied string // additionalEventData.SSEApplied

	// The headers x-amz-server-side-encryption and x-amz-server-side-encryption-customer-algorithm
	// of the request and of the response.
	RequestSSE, RequestCustomer   string
	ResponseSSE, ResponseCustomer string
}

// S3Family tells that a service takes S3 requests: s3, s3express, s3-outposts, s3-object-lambda.
func S3Family(service string) bool { return strings.HasPrefix(service, "s3") }

// createsObject lists the operations after which an object has the encryption they were given;
// CreateMultipartUpload decides it for the object that a later call completes.
func createsObject(op string) bool {
	switch op {
	case "PutObject", "PostObject", "CopyObject", "CreateMultipartUpload", "UpdateObjectEncryption":
		return true
	}
	return false
}

// leavesEncryption lists object operations that write without deciding how an object is encrypted.
// Parts take the encryption of their upload.
func leavesEncryption(op string) bool {
	switch op {
	case "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload",
		"DeleteObject", "DeleteObjects", "DeleteObjectTagging", "PutObjectTagging", "PutObjectAcl",
		"PutObjectRetention", "PutObjectLegalHold", "RestoreObject", "RenameObject", "CreateSession",
		"WriteGetObjectResponse", "PreflightRequest":
		return true
	}
	return false
}

// ClassifyEncryption tells what encryption a write got and what its headers asked for. A failed
// write is never "unencrypted": nothing was written, and CloudTrail then reports no encryption.
func ClassifyEncryption(in EncInput) (Enc, EncReq) {
	if !S3Family(in.Service) {
		return EncNA, 0
	}
	return in.outcome(), in.requested()
}

func (in *EncInput) requested() EncReq {
	if in.RequestCustomer != "" {
		return EncReqSSEC
	}
	switch in.RequestSSE {
	case "":
		return EncReqNone
	case "AES256":
		return EncReqSSES3
	case "aws:kms":
		return EncReqSSEKMS
	case "aws:kms:dsse":
		return EncReqDSSEKMS
	}
	return 0 // a header we do not know: not "none"
}

func (in *EncInput) outcome() Enc {
	if !createsObject(in.Op) {
		if in.Category == Data && in.ReadOnly == False && !leavesEncryption(in.Op) {
			return EncUnknown
		}
		return EncNA
	}
	switch {
	case in.Outcome != OK:
		return EncNotWritten
	case in.Op == "UpdateObjectEncryption":
		return EncSSEKMS // the only kind it can set
	case in.Applied != "":
		return in.applied()
	case in.ResponseCustomer != "" || in.ResponseSSE != "":
		return in.responded()
	case in.Omitted || in.Time == NoTime || in.Service != "s3":
		// Directory buckets and Outposts do not report it; their silence says nothing.
		return EncUnknown
	case in.Time < encryptedByDefault:
		return EncNone
	}
	return EncNotReported
}

// applied maps SSEApplied. No document shows its text for dual-layer encryption, so that is known by
// the letters DSSE or by the response's header.
func (in *EncInput) applied() Enc {
	byDefault := strings.HasPrefix(in.Applied, "Default_")
	if strings.Contains(in.Applied, "DSSE") || in.ResponseSSE == "aws:kms:dsse" {
		return pick(byDefault, EncDSSEKMSDefault, EncDSSEKMS)
	}
	switch in.Applied {
	case "Default_SSE_S3":
		return EncSSES3Default
	case "SSE_S3":
		return EncSSES3
	case "Default_SSE_KMS":
		return EncSSEKMSDefault
	case "SSE_KMS":
		return EncSSEKMS
	case "SSE_C":
		return EncSSEC
	}
	return EncOther
}

// responded reads the response's headers: it was asked for when the request has the same one.
func (in *EncInput) responded() Enc {
	if in.ResponseCustomer != "" {
		return EncSSEC
	}
	byDefault := in.RequestSSE != in.ResponseSSE
	switch in.ResponseSSE {
	case "AES256":
		return pick(byDefault, EncSSES3Default, EncSSES3)
	case "aws:kms":
		return pick(byDefault, EncSSEKMSDefault, EncSSEKMS)
	case "aws:kms:dsse":
		return pick(byDefault, EncDSSEKMSDefault, EncDSSEKMS)
	}
	return EncOther
}

func pick(first bool, a, b Enc) Enc {
	if first {
		return a
	}
	return b
}

// EncForAccessLog is what an access-log line tells of encryption: nothing but whether it could have
// any. op is CloudTrail's name of the operation.
func EncForAccessLog(op string, outcome Outcome) Enc {
	switch {
	case !createsObject(op):
		return EncNA
	case outcome != OK:
		return EncNotWritten
	}
	return EncUnknown
}
