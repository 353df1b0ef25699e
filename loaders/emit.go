package loaders

import (
	"bytes"
	"context"
	"fmt"

	"trailsift/model"
)

const (
	// rejectsKept and rejectBytesKept bound what a hostile member can make us hold: beyond, rejects
	// are counted, and their bytes stay in the evidence.
	rejectsKept     = 100_000
	rejectBytesKept = 32 << 20
)

// under is what a worker knows of the member that is being parsed.
type under struct {
	ctx         context.Context
	id          model.MemberID
	flags       model.Flags // for every record
	batch       model.Batch
	wrote       bool
	written     int64 // records
	rejects     []model.Reject
	rejectBytes int
	failed      error // of the sink: ends the run
}

// knownParser is a kind of log with its parser, made at the first member that needs it.
type knownParser struct {
	recogniser
	made parser
}

func (k *knownParser) get(w *worker) parser {
	if k.made == nil {
		k.made = k.parser(w.emit, w.refuse)
	}
	return k.made
}

// begin forgets the last member.
func (w *worker) begin(ctx context.Context, m *model.Member, flags model.Flags) {
	w.under = under{ctx: ctx, id: m.ID, flags: flags}
}

// emit takes records from a parser to the sink.
func (w *worker) emit(records []model.Record) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.flags != 0 {
		for i := range records {
			records[i].Flags |= w.flags
		}
	}
	w.batch.Member, w.batch.Records = w.id, records
	w.wrote = true
	if err := w.out.Write(w.ctx, &w.batch); err != nil {
		w.failed = fmt.Errorf("writing records: %w", err)
		return w.failed
	}
	w.written += int64(len(records))
	w.load.progress.Records.Add(int64(len(records)))
	return nil
}

// refuse takes a reject from a parser.
func (w *worker) refuse(r model.Reject) {
	if len(w.rejects) >= rejectsKept {
		return
	}
	r.Raw = r.Raw[:min(len(r.Raw), model.RejectRawLimit)]
	if w.rejectBytes+len(r.Raw) > rejectBytesKept {
		r.Raw = nil
	}
	w.rejectBytes += len(r.Raw)
	r.Raw = bytes.Clone(r.Raw)
	w.rejects = append(w.rejects, r)
}

// loaded records a member whose records are with the sink.
func (w *worker) loaded(ctx context.Context, c *content, m *model.Member, out outcome) error {
	m.Kind, m.Form, m.Delivered = out.Kind, out.Form, out.Delivered
	m.Seen, m.Rejected, m.First, m.Last = out.Seen, out.Rejected, out.First, out.Last
	m.Flags |= out.Flags
	m.Rejects = w.rejects
	if out.Kind == model.KindDigest || out.Kind == model.KindKeys || out.Kind == model.KindMetadata {
		if limit := w.load.req.Sizes.Body; !c.whole || int64(len(c.window)) > limit {
			return w.reject(ctx, m, fmt.Sprintf("a %s of more than %d MB, which is the limit", out.Kind, limit>>20))
		}
		m.Body = bytes.Clone(c.window)
	}
	w.load.progress.Rejected.Add(m.Rejected)
	w.count(func(s *Summary) {
		s.Members.Loaded++
		s.Expanded += m.SizeContent
		if !w.load.req.Evidence.Holds(m.Path) {
			s.Elsewhere++
		}
		s.Records.Seen += m.Seen
		s.Records.Rejected += m.Rejected
		switch out.Kind {
		case model.KindCloudTrail:
			s.ByLog[model.CloudTrail] += m.Seen - m.Rejected
		case model.KindAccess:
			s.ByLog[model.AccessLog] += m.Seen - m.Rejected
		}
		for _, r := range m.Rejects[:min(len(m.Rejects), NoteLimit)] {
			note(&s.Rejected, Note{Name: m.Name, Record: r.Number, Reason: r.Reason, order: m.ID})
		}
		if m.Reason != "" {
			note(&s.Damaged, Note{Name: m.Name, Reason: m.Reason, order: m.ID})
		}
	})
	return w.finish(ctx, m)
}
