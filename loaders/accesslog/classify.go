package accesslog

import (
	"strings"

	"trailsift/model"
)

func classifyOutcome(status int32, errorCode string) model.Outcome {
	switch {
	case status == 401 || status == 403 || strings.Contains(errorCode, "AccessDenied") || strings.Contains(errorCode, "Unauthorized"):
		return model.Denied
	case errorCode != "" || status >= 400:
		return model.Failed
	}
	return model.OK
}

func encryption(op string, outcome model.Outcome) model.Enc {
	switch op {
	case "PutObject", "PostObject", "CopyObject", "CreateMultipartUpload", "UpdateObjectEncryption":
		if outcome != model.OK {
			return model.EncNotWritten
		}
		return model.EncUnknown
	}
	return model.EncNA
}
