package inquiry

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// start is a multipart upload that has begun.
type start struct {
	id    string // of the upload; empty where the record does not tell
	event answer.Event
}

// pairing walks the starts and ends of multipart uploads in time order. An end belongs to the start
// with its upload id; where one of the two records does not tell the id, to the oldest open start of
// its object. Ends wait until every record of their second is seen: within one there is no order.
type pairing struct {
	out     answer.Uploads
	open    map[string][]start
	waiting []row
	second  time.Time
}

func (p *pairing) add(r row) {
	if !r.time().Equal(p.second) {
		p.flush()
		p.second = r.time()
	}
	if !strings.EqualFold(r.text(model.FieldOp), "CreateMultipartUpload") {
		p.waiting = append(p.waiting, r)
		return
	}
	p.out.Started++
	at := r.text(model.FieldBucket) + "/" + r.text(model.FieldKey)
	p.open[at] = append(p.open[at], start{id: uploadID(r), event: r.event()})
}

// flush pairs the ends of the second that is over.
func (p *pairing) flush() {
	for _, r := range p.waiting {
		at := r.text(model.FieldBucket) + "/" + r.text(model.FieldKey)
		found := p.take(at, uploadID(r))
		switch {
		case !strings.EqualFold(r.text(model.FieldOp), "CompleteMultipartUpload"):
			if found {
				p.out.Aborted++
			}
		case found:
			p.out.Completed++
		default:
			p.out.WithoutStart++
		}
	}
	p.waiting = nil
}

// take closes the start that an end belongs to.
func (p *pairing) take(at, id string) bool {
	open := p.open[at]
	i := slices.IndexFunc(open, func(s start) bool { return id != "" && s.id == id })
	if i < 0 {
		i = slices.IndexFunc(open, func(s start) bool { return id == "" || s.id == "" })
	}
	if i < 0 {
		return false
	}
	if p.open[at] = slices.Delete(open, i, i+1); len(p.open[at]) == 0 {
		delete(p.open, at)
	}
	return true
}

func (p *pairing) result() answer.Uploads {
	left := []answer.Event{}
	for _, open := range p.open {
		p.out.Unfinished += int64(len(open))
		for _, s := range open {
			left = append(left, s.event)
		}
	}
	slices.SortFunc(left, func(a, b answer.Event) int {
		if c := compareMoments(a.Time, b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Record, b.Record)
	})
	p.out.UnfinishedStart = left[:min(len(left), shownStarts)]
	return p.out
}

// uploadID is the id of the upload a record is about: of CloudTrail's parameters or answer, or of the
// request target in the access log.
func uploadID(r row) string {
	for _, f := range []model.Field{model.FieldRequest, model.FieldResponse} {
		if id, ok := r.object(f)["uploadId"].(string); ok {
			return id
		}
	}
	uri, _ := r.object(model.FieldExtra)["request_uri"].(string)
	_, target, _ := strings.Cut(uri, " ")
	target, _, _ = strings.Cut(target, " ")
	_, params, _ := strings.Cut(target, "?")
	values, _ := url.ParseQuery(params) // what can be read of a broken one is read
	return values.Get("uploadId")
}
