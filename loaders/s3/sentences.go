package s3

import "strings"

// sentence is what is wrong, and what to do about it.
type sentence struct{ what, hint string }

const (
	needs   = "it needs s3:GetObject on the objects and s3:ListBucket on the bucket; objects encrypted with KMS also kms:Decrypt; a requester-pays bucket --requester-pays"
	keyHint = "check AWS_PROFILE and the environment"
	busy    = "load again later: what is there is not fetched twice"
	ofKMS   = "KMS." // begins what S3 passes on of a key's trouble
)

// sentences are error codes as users should read them: Amazon S3 API Reference, "Error responses", and
// "Common errors" of the references of CloudTrail, STS and KMS, which have names of their own for the same.
var sentences = map[string]sentence{
	"AccessDenied":      {"access is denied", needs},
	"Forbidden":         {"access is denied", needs},
	"AllAccessDisabled": {"all access to it has been disabled", "ask the owner of the bucket"},
	"AccountProblem":    {"AWS has closed the account to this", "ask AWS Support, or the owner of the account"},
	"NotSignedUp":       {"the account is not signed up for S3", keyHint},
	"OptInRequired":     {"the account is not signed up for this service", keyHint},

	"InvalidAccessKeyId":          {"the access key is not known", keyHint},
	"InvalidClientTokenId":        {"the access key is not known", keyHint + "; the keys of a session come with its token"},
	"UnrecognizedClientException": {"the access key is not known", keyHint + "; the keys of a session come with its token"},
	"SignatureDoesNotMatch":       {"the secret key does not belong to the access key", keyHint},
	"InvalidSignatureException":   {"the secret key does not belong to the access key, or the clock of this computer is wrong", keyHint + ", and the clock"},
	"IncompleteSignature":         {"the credentials cannot be used to sign", keyHint},
	"ExpiredToken":                {"the session token has expired", "renew it, for example with aws sso login, and load again: what is there is not fetched twice"},
	"ExpiredTokenException":       {"the session token has expired", "renew it, for example with aws sso login, and run this again"},
	"TokenRefreshRequired":        {"the session token must be renewed", "renew it, for example with aws sso login, and load again"},
	"InvalidToken":                {"the session token is not valid", "check AWS_SESSION_TOKEN; it belongs to one pair of keys"},
	"RequestTimeTooSkewed":        {"the clock of this computer differs from S3's by more than 15 minutes", "set the clock and load again"},
	"RequestExpired":              {"the clock of this computer differs from AWS's by more than 15 minutes", "set the clock and run this again"},

	"NoSuchBucket":       {"there is no such bucket", "check the name"},
	"InvalidBucketName":  {"that is no name of a bucket", "check the name"},
	"NoSuchKey":          {"it was deleted after it was listed", ""},
	"NotFound":           {"it was deleted after it was listed", ""},
	"NoSuchVersion":      {"the version was deleted after it was listed", ""},
	"MethodNotAllowed":   {"it cannot be read: a version that marks a deletion has no content", ""},
	"InvalidObjectState": {"it is archived in Glacier", "restore it with aws s3api restore-object and load again"},
	"InvalidRequest":     {"S3 cannot give it as it was asked for", "an object encrypted with its owner's own key (SSE-C) is answered so: it can be read with that key only"},
	"PreconditionFailed": {"it changed after it was listed", "load again"},

	"SlowDown":            {"S3 asks to slow down and did not stop asking", busy},
	"ServiceUnavailable":  {"S3 is not available at the moment", busy},
	"InternalError":       {"S3 failed within itself, each time it was asked", busy},
	"RequestTimeout":      {"S3 waited too long for the request", "check the network; " + busy},
	"ThrottlingException": {"AWS asks to slow down and did not stop asking", "run this again later"},

	ofKMS + "DisabledException":        {"the KMS key it is encrypted with is disabled", "ask the owner of the key"},
	ofKMS + "NotFoundException":        {"the KMS key it is encrypted with is not there any more", "without it nobody can read the object; ask the owner of the key"},
	ofKMS + "KMSInvalidStateException": {"the KMS key it is encrypted with is in a state in which it cannot be used", "if it waits to be deleted, have its owner cancel that: without it nobody can read the object"},
}

func sentenceOf(code string) (sentence, bool) {
	s, ok := sentences[code]
	if !ok && strings.HasPrefix(code, ofKMS) {
		return sentence{"the KMS key it is encrypted with cannot be used", "ask the owner of the key"}, true
	}
	return s, ok
}

// whoAsks are the error codes that concern who asks, whatever is asked for.
var whoAsks = map[string]bool{
	"ExpiredToken": true, "ExpiredTokenException": true, "TokenRefreshRequired": true, "InvalidToken": true, "InvalidAccessKeyId": true, "InvalidClientTokenId": true,
	"UnrecognizedClientException": true, "InvalidSignatureException": true, "IncompleteSignature": true, "RequestTimeTooSkewed": true, "RequestExpired": true,
}
