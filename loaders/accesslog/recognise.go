package accesslog

import "bytes"

// Recognise tells whether content that begins with head is an access log: whether one of its first
// lines begins with an owner, a bucket and a time in brackets. More than the first is looked at,
// since a log may have been cut at its front.
func Recognise(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for tries := 0; tries < 4 && len(head) > 0; {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte{'\n'})
		if line = bytes.TrimRight(line, "\r"); blank(line) {
			continue
		}
		if beginsLikeALine(line) {
			return true
		}
		tries++
	}
	return false
}

func beginsLikeALine(line []byte) bool {
	_, rest, _ := token(line)
	bucket, rest, _ := token(rest)
	const stamp = "[06/Feb/2019:"
	if len(rest) < len(stamp) || len(bucket) == 0 || len(line) == 0 || line[0] == ' ' {
		return false
	}
	return rest[0] == '[' && digits(rest[1:3]) >= 0 && rest[3] == '/' && months[[3]byte(rest[4:7])] != 0 &&
		rest[7] == '/' && digits(rest[8:12]) >= 0 && rest[12] == ':'
}

// Foreign tells that content is a form of access log that is known but not read, and why, as one
// sentence: the JSON that S3 sends to CloudWatch Logs and S3 Tables ("Log format in CloudWatch
// Logs", Amazon S3 User Guide).
func Foreign(head []byte) (reason string, ok bool) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n[")
	if len(head) == 0 || head[0] != '{' || !bytes.Contains(head, []byte(`"bucket_owner_id"`)) ||
		!bytes.Contains(head, []byte(`"request_time"`)) {
		return "", false
	}
	return "S3 access log in its JSON form (CloudWatch Logs, S3 Tables), which is not read; " +
		"load the lines delivered to the log bucket", true
}
