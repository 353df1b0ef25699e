package detail

import "strings"

// explained says in a few words what an operation does, after the API reference of Amazon S3.
var explained = map[string]string{
	"AbortMultipartUpload":       "gives up an upload in parts and frees the parts",
	"CompleteMultipartUpload":    "joins uploaded parts into an object",
	"CopyObject":                 "makes an object out of another, inside S3",
	"CreateBucket":               "makes a bucket",
	"CreateMultipartUpload":      "begins an upload in parts; no object yet",
	"CreateSession":              "gets short-lived credentials for a directory bucket",
	"DeleteBucket":               "deletes a bucket, which must be empty",
	"DeleteBucketEncryption":     "sets the bucket's default encryption back",
	"DeleteBucketLifecycle":      "takes away rules that expire or move objects",
	"DeleteBucketPolicy":         "takes away who may do what with the bucket",
	"DeleteBucketReplication":    "stops copying new objects elsewhere",
	"DeleteObject":               "deletes an object, or hides it behind a delete marker where versions are kept",
	"DeleteObjectTagging":        "takes away an object's tags",
	"DeleteObjects":              "deletes many objects in one request",
	"DeletePublicAccessBlock":    "lifts the block on public access",
	"GetBucketAcl":               "reads who the bucket's access list names",
	"GetBucketEncryption":        "reads the bucket's default encryption",
	"GetBucketLocation":          "reads the bucket's Region",
	"GetBucketLogging":           "reads where the bucket's access logs go",
	"GetBucketPolicy":            "reads who may do what with the bucket",
	"GetBucketPolicyStatus":      "reads whether the bucket is public",
	"GetBucketVersioning":        "reads whether versions are kept",
	"GetObject":                  "reads an object's content, or a range of it",
	"GetObjectAcl":               "reads who an object's access list names",
	"GetObjectAttributes":        "reads an object's metadata, without its content",
	"GetObjectTagging":           "reads an object's tags",
	"GetPublicAccessBlock":       "reads what public access is blocked",
	"HeadBucket":                 "asks whether a bucket exists and may be used",
	"HeadObject":                 "reads an object's metadata, without its content",
	"ListBuckets":                "lists the account's buckets",
	"ListMultipartUploads":       "lists uploads in parts that were begun",
	"ListObjectVersions":         "lists objects with all versions",
	"ListObjects":                "lists objects",
	"ListObjectsV2":              "lists objects",
	"ListParts":                  "lists the parts of an upload",
	"PutBucketAcl":               "changes who the bucket's access list names",
	"PutBucketEncryption":        "sets the bucket's default encryption",
	"PutBucketLifecycle":         "sets rules that expire or move objects",
	"PutBucketLogging":           "sets, or stops, the bucket's access logs",
	"PutBucketNotification":      "sets who is told of changes",
	"PutBucketPolicy":            "changes who may do what with the bucket",
	"PutBucketPublicAccessBlock": "sets what public access is blocked",
	"PutBucketReplication":       "sets where new objects are copied to",
	"PutBucketVersioning":        "keeps versions, or stops keeping them",
	"PutObject":                  "writes an object",
	"PutObjectAcl":               "changes who an object's access list names",
	"PutObjectLegalHold":         "sets or lifts a legal hold",
	"PutObjectRetention":         "sets until when an object cannot be deleted",
	"PutObjectTagging":           "sets an object's tags",
	"PutPublicAccessBlock":       "sets what public access is blocked",
	"RestoreObject":              "brings an archived object back for a time",
	"SelectObjectContent":        "reads part of an object by a query",
	"UpdateObjectEncryption":     "encrypts an object anew, in place",
	"UploadPart":                 "uploads a part of an object",
	"UploadPartCopy":             "copies a part out of another object",
	"AssumeRole":                 "gets credentials of a role",
	"AssumeRoleWithSAML":         "gets credentials of a role by a SAML assertion",
	"AssumeRoleWithWebIdentity":  "gets credentials of a role by a web identity",
	"ConsoleLogin":               "signs in to the console",
	"CreateAccessKey":            "makes a long-lived key of a user",
	"DeleteTrail":                "deletes a trail; what it would have recorded is not",
	"GetCallerIdentity":          "asks who the caller is",
	"PutEventSelectors":          "changes what a trail records",
	"StopLogging":                "stops a trail recording",
	"StartLogging":               "starts a trail recording",
	"Decrypt":                    "decrypts with a key of KMS, as reading an encrypted object does",
	"GenerateDataKey":            "gets a data key of KMS, as writing an encrypted object does",
}

// Explain says what an operation does, or nothing where we do not know it.
func Explain(op string) string {
	if s, ok := explained[op]; ok {
		return s
	}
	for _, v := range []struct{ verb, says string }{{"Get", "it reads"}, {"List", "it lists"}, {"Head", "it asks without content"}} {
		if strings.HasPrefix(op, v.verb) && len(op) > len(v.verb) {
			return "by its name, " + v.says
		}
	}
	return ""
}
