package inquiry

import (
	"fmt"
	"testing"
	"time"

	"trailsift/model"
)

// uploadRow is a record of a multipart upload, at so many seconds, with its upload's id in the parameters,
// in the answer, or in the request target of the access log.
func uploadRow(second int, op, key string, more ...any) row {
	values := []any{time.Unix(1767225600+int64(second), 0).UTC(), op, "b", key, "file", int64(second), nil, nil, nil}
	copy(values[6:], more)
	return row{uploadFields, values}
}

func TestUploadsArePairedWithTheirEnds(t *testing.T) {
	const begin, complete, abort = "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"
	for name, c := range map[string]struct {
		rows []row
		want string // started completed aborted unfinished without-start
	}{
		"one upload":                                 {[]row{uploadRow(0, begin, "k"), uploadRow(9, complete, "k", "u")}, "1 1 0 0 0"},
		"two uploads of one object by their ids":     {[]row{uploadRow(0, begin, "k", nil, "u"), uploadRow(1, begin, "k", nil, "v"), uploadRow(9, abort, "k", "v")}, "2 0 1 1 0"},
		"the id of another upload is no match":       {[]row{uploadRow(0, begin, "k", nil, "u"), uploadRow(9, complete, "k", "w")}, "1 0 0 1 1"},
		"an end before its start in the same second": {[]row{uploadRow(0, complete, "k", "u"), uploadRow(0, begin, "k")}, "1 1 0 0 0"},
		"an end a second before a start":             {[]row{uploadRow(0, complete, "k"), uploadRow(1, begin, "k")}, "1 0 0 1 1"},
		"another object":                             {[]row{uploadRow(0, begin, "k"), uploadRow(1, complete, "l")}, "1 0 0 1 1"},
		"the access log's request target":            {[]row{uploadRow(0, begin, "k", nil, "a b"), uploadRow(4, complete, "k", nil, nil, "POST /k?uploadId=a%20b HTTP/1.1")}, "1 1 0 0 0"},
		"a lifecycle rule ends one":                  {[]row{uploadRow(0, begin, "k"), uploadRow(4, "S3.DELETE.UPLOAD", "k")}, "1 0 1 0 0"},
		"an abort of an upload that is not there":    {[]row{uploadRow(4, abort, "k")}, "0 0 0 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pairing{open: map[string][]start{}}
			for _, r := range c.rows {
				p.add(r, model.RecordID{})
			}
			p.flush()
			left := p.left()
			u := p.out
			if got := fmt.Sprint(u.Started, u.Completed, u.Aborted, u.Unfinished, u.WithoutStart); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if int64(len(left)) != u.Unfinished {
				t.Errorf("%d of %d unfinished ones are named", len(left), u.Unfinished)
			}
		})
	}
}
