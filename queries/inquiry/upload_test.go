package inquiry

import (
	"fmt"
	"testing"
	"time"

	"trailsift/model"
)

// uploadRow is a record of a multipart upload, at so many seconds.
func uploadRow(second int, op, key, request, response string) row {
	fields := []model.Field{model.FieldTime, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldRequest, model.FieldResponse, model.FieldExtra}
	extra := any(nil)
	if request != "" && request[0] == 'P' { // a request target of the access log
		extra, request = fmt.Sprintf(`{"request_uri":%q}`, request), ""
	}
	return row{fields, []any{time.Unix(1767225600+int64(second), 0).UTC(), op, "b", key, request, response, extra}}
}

func TestUploadsArePairedWithTheirEnds(t *testing.T) {
	const begin, complete, abort = "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"
	for name, c := range map[string]struct {
		rows []row
		want string // started completed aborted unfinished without-start
	}{
		"one upload":                                 {[]row{uploadRow(0, begin, "k", "", ""), uploadRow(9, complete, "k", `{"uploadId":"u"}`, "")}, "1 1 0 0 0"},
		"two uploads of one object by their ids":     {[]row{uploadRow(0, begin, "k", "", `{"uploadId":"u"}`), uploadRow(1, begin, "k", "", `{"uploadId":"v"}`), uploadRow(9, abort, "k", `{"uploadId":"v"}`, "")}, "2 0 1 1 0"},
		"the id of another upload is no match":       {[]row{uploadRow(0, begin, "k", "", `{"uploadId":"u"}`), uploadRow(9, complete, "k", `{"uploadId":"w"}`, "")}, "1 0 0 1 1"},
		"an end before its start in the same second": {[]row{uploadRow(0, complete, "k", `{"uploadId":"u"}`, ""), uploadRow(0, begin, "k", "", "")}, "1 1 0 0 0"},
		"an end a second before a start":             {[]row{uploadRow(0, complete, "k", "", ""), uploadRow(1, begin, "k", "", "")}, "1 0 0 1 1"},
		"another object":                             {[]row{uploadRow(0, begin, "k", "", ""), uploadRow(1, complete, "l", "", "")}, "1 0 0 1 1"},
		"the access log's request target":            {[]row{uploadRow(0, begin, "k", "", `{"uploadId":"a b"}`), uploadRow(4, complete, "k", "POST /k?uploadId=a%20b HTTP/1.1", "")}, "1 1 0 0 0"},
		"a lifecycle rule ends one":                  {[]row{uploadRow(0, begin, "k", "", ""), uploadRow(4, "S3.DELETE.UPLOAD", "k", "", "")}, "1 0 1 0 0"},
		"an abort of an upload that is not there":    {[]row{uploadRow(4, abort, "k", "", "")}, "0 0 0 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pairing{open: map[string][]start{}}
			for _, r := range c.rows {
				p.add(r)
			}
			p.flush()
			u := p.result()
			if got := fmt.Sprint(u.Started, u.Completed, u.Aborted, u.Unfinished, u.WithoutStart); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if int64(len(u.UnfinishedStart)) != u.Unfinished {
				t.Errorf("%d of %d unfinished ones are named", len(u.UnfinishedStart), u.Unfinished)
			}
		})
	}
}
