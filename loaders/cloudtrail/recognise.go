package cloudtrail

import "bytes"

var mark = []byte("\xef\xbb\xbf") // UTF-8's byte order mark

// Recognise tells whether content that begins with head may be one of the forms this package knows:
// JSON of any shape, text lines of CloudWatch Logs, or a CSV export, which is named and skipped.
func Recognise(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, mark), " \t\r\n")
	if len(head) == 0 {
		return false
	}
	switch head[0] {
	case '{', '[':
		after := bytes.TrimLeft(head[1:], " \t\r\n")
		if len(after) == 0 {
			return true
		}
		if head[0] == '{' {
			return after[0] == '"' || after[0] == '}'
		}
		return bytes.IndexByte([]byte(`{[]"`), after[0]) >= 0 && !section(head)
	}
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	return logLine(line) > 0 || csvForm(line) != ""
}

// section tells a line like [[table]] of a configuration file.
func section(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	line = bytes.TrimSpace(line)
	inner, ok := bytes.CutPrefix(line, []byte("[["))
	return ok && bytes.HasSuffix(inner, []byte("]]")) && !bytes.ContainsAny(inner, `{"`) && len(inner) > 2
}

// logLine is where the object begins in a line as CloudWatch Logs exports them to S3,
// "2020-06-16T17:57:50.000Z {...}", or 0.
func logLine(line []byte) int {
	const stamp = "2006-01-02T15:04:05Z"
	if len(line) < len(stamp)+2 || line[4] != '-' || line[7] != '-' || line[10] != 'T' || line[13] != ':' {
		return 0
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12} {
		if line[i]-'0' > 9 {
			return 0
		}
	}
	at := bytes.IndexByte(line[:min(len(line), 64)], ' ')
	if at < 0 {
		return 0
	}
	for at < len(line) && line[at] == ' ' {
		at++
	}
	if at == len(line) || line[at] != '{' {
		return 0
	}
	return at
}

// csvForm names a CSV export by its first line, or is "".
func csvForm(line []byte) string {
	line = bytes.ToLower(bytes.ReplaceAll(line, []byte(`"`), nil))
	has := func(names ...string) bool {
		for _, n := range names {
			if !bytes.Contains(line, []byte(n)) {
				return false
			}
		}
		return bytes.IndexByte(line, ',') > 0
	}
	switch {
	case has("event time", "event source", "event name"):
		return "the CSV download of the console's event history, a form that is not read; download it as JSON or load the delivered log files"
	case has("eventtime", "eventsource", "eventname"):
		return "a CSV export of Athena or CloudTrail Lake, a form that is not read; load the delivered log files"
	}
	return ""
}
