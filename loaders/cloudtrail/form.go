package cloudtrail

// form is the outermost shape of a member.
type form uint8

const (
	noForm form = iota
	formRecords
	formArray
	formLookup
	formExport
	formSubscription
	formObjects
	formLines
)

var formNames = [...]string{
	formRecords: "Records object", formArray: "JSON array", formLookup: "lookup-events output",
	formExport: "CloudWatch Logs export", formSubscription: "CloudWatch Logs subscription",
	formObjects: "JSON objects", formLines: "CloudWatch Logs text lines",
}

// formList are the members whose list makes an object a wrapper of records.
func formList(name string) form {
	switch name {
	case "Records":
		return formRecords
	case "Events":
		return formLookup
	case "events":
		return formExport
	case "logEvents":
		return formSubscription
	}
	return noForm
}

// hint is what objects that are no events look like.
type hint uint16

const (
	hintDigest hint = 1 << iota
	hintKeyList
	hintKeyValue
	hintFingerprint
	hintNotification
	hintAthena
	hintLake
	hintBridge
	hintControl
)

// hint notes an unknown member of the outermost object. True makes the object a wrapper: its list of
// records begins at i.
func (e *event) hint(key []byte, i int) (isWrapper bool) {
	switch string(key) {
	case "Records", "Events", "events", "logEvents":
		if e.outermost && e.b[i] == '[' && !e.has(eventName) {
			e.wrapper, e.form = i, formList(string(key))
			return true
		}
	case "digestS3Object", "digestS3Bucket", "digestStartTime":
		e.hints |= hintDigest
	case "PublicKeyList", "publicKeyList", "publickeylist":
		e.hints |= hintKeyList
	case "Value", "value":
		e.hints |= hintKeyValue
	case "Fingerprint", "fingerprint":
		e.hints |= hintFingerprint
	case "eventtime", "eventname", "useridentity", "eventsource":
		e.hints |= hintAthena
	case "QueryResultRows", "QueryStatistics":
		e.hints |= hintLake
	case "detail-type":
		e.hints |= hintBridge
	}
	return false
}

// foreignForm says, in words, what a member is that has no CloudTrail event in it.
func foreignForm(h hint) string {
	switch {
	case h&hintNotification != 0:
		return "S3 event notifications or events of another stream (eventSource aws:...), which are not CloudTrail records"
	case h&hintLake != 0:
		return "a query result of CloudTrail Lake, a form that is not read; load the delivered log files"
	case h&hintAthena != 0:
		return "rows of an Athena table (column names in lower case), a form that is not read; load the delivered log files"
	case h&hintBridge != 0:
		return "EventBridge events that do not come from CloudTrail"
	case h&hintControl != 0:
		return "CloudWatch Logs messages without a CloudTrail event"
	}
	return "JSON without a CloudTrail event in it"
}

// isEvent tells whether the scanned object looks like a CloudTrail event.
func (p *Parser) isEvent() bool {
	e := &p.e
	source := p.text(eventSource)
	if len(source) > 4 && source[:4] == "aws:" {
		e.hints |= hintNotification
		return false
	}
	if p.text(eventName) != "" {
		return true
	}
	if source != "" && (e.has(eventTime) || e.has(timestamp)) || e.has(insightDetails) {
		return true
	}
	switch p.text(eventType) {
	case "AwsCloudTrailInsight", "AwsAggregatedEvent", "AwsVpceEvent":
		return true
	}
	switch p.text(eventCategory) {
	case "Insight", "Aggregated", "NetworkActivity":
		return true
	}
	return false
}
