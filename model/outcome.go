package model

import "strings"

// deniedFamilies are parts of error codes that mean the caller was not allowed. Services decorate
// them: AccessDeniedException, Client.UnauthorizedOperation, VpceAccessDenied, NotAuthorizedException.
var deniedFamilies = [...]string{"AccessDenied", "Unauthorized", "UnAuthorized", "NotAuthorized", "AuthorizationError", "Forbidden"}

// ClassifyOutcome tells how a request ended, by the same table for both logs. status is the HTTP
// status, or -1 where the log has none, as CloudTrail.
func ClassifyOutcome(errorCode string, status int32) Outcome {
	if status == 401 || status == 403 {
		return Denied
	}
	if errorCode == "" {
		if status >= 400 {
			return Failed
		}
		return OK
	}
	for _, family := range deniedFamilies {
		if strings.Contains(errorCode, family) {
			return Denied
		}
	}
	return Failed
}
