package filter

import (
	"strings"

	"trailsift/model"
)

// foreignNames are what other tools and the logs themselves call our fields.
var foreignNames = map[string]model.Field{
	"eventtime": model.FieldTime, "timestamp": model.FieldTime, "date": model.FieldTime,
	"eventname": model.FieldOp, "operation": model.FieldOp, "verb": model.FieldOp, "action": model.FieldOp, "event": model.FieldOp,
	"eventsource": model.FieldService, "source": model.FieldLog, "bucketname": model.FieldBucket, "bucket_name": model.FieldBucket,
	"path": model.FieldKey, "file": model.FieldKey, "prefix": model.FieldKey, "versionid": model.FieldVersion, "version_id": model.FieldVersion,
	"sourceipaddress": model.FieldIP, "sourceip": model.FieldIP, "remote_ip": model.FieldIP, "remoteip": model.FieldIP, "addr": model.FieldIP, "address": model.FieldIP,
	"user": model.FieldActor, "username": model.FieldActor, "principal": model.FieldActor, "requester": model.FieldActor, "arn": model.FieldActor, "who": model.FieldActor, "role": model.FieldIssuer,
	"accesskeyid": model.FieldAccessKey, "accesskey": model.FieldAccessKey, "akid": model.FieldAccessKey,
	"useragent": model.FieldAgent, "user_agent": model.FieldAgent, "ua": model.FieldAgent, "referrer": model.FieldReferer,
	"http_status": model.FieldStatus, "httpstatus": model.FieldStatus, "code": model.FieldStatus, "errorcode": model.FieldError, "error_code": model.FieldError, "errormessage": model.FieldErrorMessage,
	"bytes": model.FieldBytesOut, "bytes_sent": model.FieldBytesOut, "size": model.FieldObjectSize, "duration": model.FieldDurationMS, "total_time": model.FieldDurationMS,
	"encryption": model.FieldEnc, "sse": model.FieldEnc, "kms": model.FieldKMSKey, "badge": model.FieldIntegrity, "verified": model.FieldIntegrity,
	"awsregion": model.FieldRegion, "accountid": model.FieldAccount, "recipientaccountid": model.FieldAccount, "requestid": model.FieldRequestID, "eventid": model.FieldEventID,
	"id": model.FieldEventID, "flag": model.FieldFlags, "from": model.FieldSince, "after": model.FieldSince, "to": model.FieldUntil, "before": model.FieldUntil,
	"tls_version": model.FieldTLS, "readonly": model.FieldReadOnly, "record_number": model.FieldRecord, "line": model.FieldRecord, "outcomes": model.FieldOutcome,
}

// nearestField is the field that name was most likely meant to be; empty when none is near.
func nearestField(name string) string {
	name = strings.ToLower(name)
	if f, ok := foreignNames[name]; ok {
		return string(f)
	}
	names := make([]string, 0, len(model.Fields))
	for _, in := range model.Fields {
		names = append(names, string(in.Field))
	}
	if near := nearest(name, names); near != "" {
		return near
	}
	if len(name) >= 3 {
		for _, n := range names {
			if strings.HasPrefix(n, name) || strings.HasPrefix(name, n+"_") {
				return n
			}
		}
	}
	return ""
}

// nearest is the first of the names with the fewest edits from typed, when those are few enough for
// a slip of the finger.
func nearest(typed string, names []string) string {
	if len(typed) > 40 {
		return ""
	}
	best, limit := "", min(2, (len(typed)+1)/3)
	for _, n := range names {
		if d := edits(typed, n); d <= limit && (best == "" || d < limit) {
			best, limit = n, d
		}
	}
	return best
}

// edits counts the bytes to insert, delete, replace, or swap with a neighbour, to make b of a
// (optimal string alignment).
func edits(a, b string) int {
	older, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, prev = prev, row
	}
	return prev[len(b)]
}
