package accesslog

import (
	"bytes"
	"strings"

	"trailsift/model"
)

// calls maps METHOD.RESOURCE, the operation column without its REST, WEBSITE or SOAP, to CloudTrail's
// name. Operations that are no API call of their own (one key of a batch, the source side of a copy,
// lifecycle) and unknown ones keep the name they are logged with.
var calls = map[string]string{
	"GET.OBJECT":                    "GetObject",
	"GET.PART":                      "GetObject",
	"HEAD.OBJECT":                   "HeadObject",
	"HEAD.PART":                     "HeadObject",
	"GET.OBJECT_ATTRIBUTES":         "GetObjectAttributes",
	"GET.OBJECT_TAGGING":            "GetObjectTagging",
	"PUT.OBJECT_TAGGING":            "PutObjectTagging",
	"DELETE.OBJECT_TAGGING":         "DeleteObjectTagging",
	"GET.TORRENT":                   "GetObjectTorrent",
	"PUT.OBJECT":                    "PutObject",
	"POST.OBJECT":                   "PostObject",
	"COPY.OBJECT":                   "CopyObject",
	"COPY.PART":                     "UploadPartCopy",
	"POST.UPLOADS":                  "CreateMultipartUpload",
	"PUT.PART":                      "UploadPart",
	"POST.UPLOAD":                   "CompleteMultipartUpload",
	"DELETE.UPLOAD":                 "AbortMultipartUpload",
	"GET.UPLOAD":                    "ListParts",
	"GET.UPLOADS":                   "ListMultipartUploads",
	"POST.RESTORE":                  "RestoreObject",
	"DELETE.OBJECT":                 "DeleteObject",
	"POST.MULTI_OBJECT_DELETE":      "DeleteObjects",
	"OPTIONS.PREFLIGHT":             "PreflightRequest",
	"GET.BUCKET":                    "ListObjects",
	"GET.BUCKETVERSIONS":            "ListObjectVersions",
	"HEAD.BUCKET":                   "HeadBucket",
	"PUT.BUCKET":                    "CreateBucket",
	"DELETE.BUCKET":                 "DeleteBucket",
	"GET.LOCATION":                  "GetBucketLocation",
	"GET.VERSIONING":                "GetBucketVersioning",
	"PUT.VERSIONING":                "PutBucketVersioning",
	"GET.LOGGING_STATUS":            "GetBucketLogging",
	"PUT.LOGGING_STATUS":            "PutBucketLogging",
	"GET.POLICY_STATUS":             "GetBucketPolicyStatus",
	"GET.REQUEST_PAYMENT":           "GetBucketRequestPayment",
	"PUT.REQUEST_PAYMENT":           "PutBucketRequestPayment",
	"GET.ACCELERATE":                "GetAccelerateConfiguration",
	"PUT.ACCELERATE":                "PutAccelerateConfiguration",
	"GET.NOTIFICATION":              "GetBucketNotification",
	"PUT.NOTIFICATION":              "PutBucketNotification",
	"GET.OBJECT_LOCK_CONFIGURATION": "GetObjectLockConfiguration",
	"PUT.OBJECT_LOCK_CONFIGURATION": "PutObjectLockConfiguration",
}

// settings are the bucket configurations that can be read, written and deleted, by resource.
var settings = map[string]string{
	"BUCKETPOLICY": "BucketPolicy", "CORS": "BucketCors", "ENCRYPTION": "BucketEncryption",
	"LIFECYCLE": "BucketLifecycle", "OWNERSHIP_CONTROLS": "BucketOwnershipControls",
	"PUBLIC_ACCESS_BLOCK": "BucketPublicAccessBlock", "REPLICATION": "BucketReplication",
	"TAGGING": "BucketTagging", "WEBSITE": "BucketWebsite", "ANALYTICS": "AnalyticsConfiguration",
	"INVENTORY": "InventoryConfiguration", "METRICS": "MetricsConfiguration",
	"INTELLIGENT_TIERING": "IntelligentTieringConfiguration",
}

func init() {
	for resource, name := range settings {
		calls["GET."+resource] = "Get" + name
		calls["PUT."+resource] = "Put" + name
		calls["DELETE."+resource] = "Delete" + name
	}
}

// operation sets Op, OpRaw and ReadOnly. The key is set before.
func operation(r *model.Record, f *fields) {
	r.OpRaw = value(f.op)
	r.Op = r.OpRaw
	family, call, ok := strings.Cut(r.OpRaw, ".")
	if !ok {
		return
	}
	method, resource, _ := strings.Cut(call, ".")
	switch family {
	case "REST", "WEBSITE", "SOAP":
		r.ReadOnly = reads(method, resource)
	case "BATCH", "S3":
		r.ReadOnly = model.False
		return
	default:
		return
	}
	switch {
	case resource == "ACL":
		r.Op = aclCall(r, method)
	case call == "POST.OBJECT" && bytes.Contains(query(f.uri), []byte("select-type=")):
		r.Op, r.ReadOnly = "SelectObjectContent", model.True
	default:
		if name, known := calls[call]; known {
			r.Op = name
		}
	}
}

func reads(method, resource string) model.Tri {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return model.True
	case "COPY":
		if strings.HasSuffix(resource, "_GET") { // the source side of a copy
			return model.True
		}
		return model.False
	case "PUT", "POST", "DELETE":
		return model.False
	}
	return 0
}

// aclCall tells an object's list from its bucket's by whether there is a key.
func aclCall(r *model.Record, method string) string {
	switch {
	case method == "GET" && r.Key != "":
		return "GetObjectAcl"
	case method == "GET":
		return "GetBucketAcl"
	case method == "PUT" && r.Key != "":
		return "PutObjectAcl"
	case method == "PUT":
		return "PutBucketAcl"
	}
	return r.OpRaw
}
