package model

import "testing"

func TestClassifyOutcome(t *testing.T) {
	cases := map[string]struct {
		code   string
		status int32
		want   Outcome
	}{
		"CloudTrail without an error code is a success":     {"", -1, OK},
		"an access-log line with 200 is a success":          {"", 200, OK},
		"206 is a success":                                  {"", 206, OK},
		"304 is a success: the client has the object":       {"", 304, OK},
		"AccessDenied is denied":                            {"AccessDenied", -1, Denied},
		"its exception is denied":                           {"AccessDeniedException", -1, Denied},
		"EC2's name for it is denied":                       {"Client.UnauthorizedOperation", -1, Denied},
		"an endpoint policy's refusal is denied":            {"VpceAccessDenied", -1, Denied},
		"not authorized is denied":                          {"NotAuthorizedException", -1, Denied},
		"401 is denied":                                     {"", 401, Denied},
		"403 is denied whatever its code":                   {"SignatureDoesNotMatch", 403, Denied},
		"404 is a failure":                                  {"NoSuchKey", 404, Failed},
		"404 without a code is a failure":                   {"", 404, Failed},
		"any other code is a failure, status or not":        {"NoSuchBucketPolicy", -1, Failed},
		"a server's error is a failure":                     {"InternalError", 500, Failed},
		"a code on a 200 is a failure, as in a broken copy": {"InternalError", 200, Failed},
		"being slowed down is a failure":                    {"SlowDown", 503, Failed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := ClassifyOutcome(c.code, c.status); got != c.want {
				t.Errorf("ClassifyOutcome(%q, %d) = %v, want %v", c.code, c.status, got, c.want)
			}
		})
	}
}
