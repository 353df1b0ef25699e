package inquiry

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// uploadFields are what the starts and ends of uploads are paired by. The id of the upload is one of
// CloudTrail's parameters or answer, or stands in the request target of the access log.
var (
	idAsked      = model.JSONField(filter.JoinPath("requestParameters", "uploadId"))
	idAnswered   = model.JSONField(filter.JoinPath("responseElements", "uploadId"))
	uploadFields = []model.Field{model.FieldTime, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldMember, model.FieldRecord, idAsked, idAnswered, requestURI}
)

// uploads pairs the starts of multipart uploads with what ended them.
func uploads(ctx context.Context, s Source, f model.Filter) (answer.Uploads, error) {
	p := pairing{open: map[string][]start{}}
	ended := worked
	q := query(f, is(model.FieldOp, "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "S3.DELETE.UPLOAD"), ended)
	err := s.Stream(ctx, q, uploadFields, 0, func(m model.Row) error {
		p.add(row{uploadFields, m.Values}, m.ID)
		return nil
	})
	if err != nil {
		return p.out, err
	}
	p.flush()
	left := p.left()
	p.out.UnfinishedStart, err = startsOf(ctx, s, query(f, is(model.FieldOp, "CreateMultipartUpload"), ended).Filter, left[:min(len(left), shownStarts)])
	return p.out, err
}

// startsOf are the events of starts among the rows that f keeps, in their order.
func startsOf(ctx context.Context, s Source, f model.Filter, left []start) ([]answer.Event, error) {
	out := make([]answer.Event, len(left))
	if len(left) == 0 {
		return out, nil
	}
	at := map[model.RecordID]int{}
	var members, records []string // each may repeat
	for i, l := range left {
		at[l.record] = i
		members, records = append(members, l.member), append(records, strconv.FormatUint(uint64(l.record.Number), 10))
	}
	q := query(f, is(model.FieldMember, members...), is(model.FieldRecord, records...)) // and some others of these members
	err := s.Stream(ctx, q, eventFields, 0, func(m model.Row) error {
		if i, ok := at[m.ID]; ok {
			out[i] = row{eventFields, m.Values}.event()
		}
		return nil
	})
	return out, err
}

// start is a multipart upload that has begun.
type start struct {
	id     string // of the upload; empty where the record does not tell
	at     time.Time
	name   string // of the record
	member string
	record model.RecordID
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

func (p *pairing) add(r row, record model.RecordID) {
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
	p.open[at] = append(p.open[at], start{id: uploadID(r), at: r.time(), name: r.name(), member: r.text(model.FieldMember), record: record})
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

// left are the starts that nothing ended, in the order of their times.
func (p *pairing) left() []start {
	var left []start
	for _, open := range p.open {
		left = append(left, open...)
	}
	p.out.Unfinished = int64(len(left))
	slices.SortFunc(left, func(a, b start) int {
		return cmp.Or(compareMoments(moment(a.at), moment(b.at)), cmp.Compare(a.name, b.name))
	})
	return left
}

// uploadID is the id of the upload a record is about.
func uploadID(r row) string {
	for _, f := range []model.Field{idAsked, idAnswered} {
		if id, ok := r.get(f).(string); ok {
			return id
		}
	}
	_, target, _ := strings.Cut(r.text(requestURI), " ")
	target, _, _ = strings.Cut(target, " ")
	_, params, _ := strings.Cut(target, "?")
	values, _ := url.ParseQuery(params) // what can be read of a broken one is read
	return values.Get("uploadId")
}
