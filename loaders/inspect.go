package loaders

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"trailsift/loaders/cloudtrail"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
)

// documentLimit bounds digests, key lists and metadata.
const documentLimit = integrity.BodyLimit

// Inspect reads every file of sources once, side by side, and writes nothing. A file that cannot be
// read is one with a reason; it never ends the run.
func Inspect(ctx context.Context, sources []string, opt Options, progress *model.Progress) (integrity.Pile, error) {
	opt = opt.withDefaults()
	if progress == nil {
		progress = &model.Progress{}
	}
	set, err := source.List(ctx, sources, source.Options{Copy: source.CopyNever, Limits: opt.Limits, HeadRoom: opt.HeadRoom})
	if err != nil {
		return integrity.Pile{}, err
	}
	defer set.Close()
	progress.MembersTotal.Store(int64(set.Len()))
	progress.BytesTotal.Store(set.Bytes())
	found := make([]inspected, set.Len())
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(opt.Workers, runtime.NumCPU()*2) {
		workers.Go(func() {
			in := inspector{parts: source.NewParts(opt.Limits)}
			for i := range next {
				found[i] = in.inspect(set.At(i))
				progress.MembersDone.Add(1)
				progress.BytesDone.Add(set.At(i).Size)
			}
		})
	}
	for i := 0; i < set.Len() && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return integrity.Pile{}, err
	}
	return gather(found), nil
}

type inspected struct {
	file    *integrity.File
	events  []integrity.Event
	unread  string // why more than a file could not be looked into
	keys    bool
	sidecar bool
}

func gather(found []inspected) integrity.Pile {
	var c integrity.Pile
	for _, f := range found {
		c.Events = append(c.Events, f.events...)
		if f.unread != "" {
			c.Unread = append(c.Unread, f.unread)
		}
		switch {
		case f.file == nil:
		case f.sidecar:
			c.Sidecars = append(c.Sidecars, integrity.Document{Path: f.file.Path, Content: f.file.Body})
		case f.keys:
			c.Keys = append(c.Keys, integrity.Document{Path: f.file.Path, Content: f.file.Body})
		default:
			c.Files = append(c.Files, f.file)
		}
	}
	return c
}

// inspector is one worker's buffers.
type inspector struct {
	parts   *source.Parts
	stored  []byte
	content []byte
	window  []byte
}

// inspect reads one candidate. What is neither CloudTrail's by its name nor a document by its content
// is kept too, without its bytes: a digest may name any file.
func (in *inspector) inspect(c source.Candidate) inspected {
	m := model.Member{Locator: c.Locator, Name: c.Name, Path: c.Path, Entry: c.Entry}
	f := &integrity.File{Path: m.Place(), Unreadable: c.Skip}
	_, isLog := integrity.ParseLogName(f.Path)
	_, isDigest := integrity.ParseDigestName(f.Path)
	if c.Skip != "" {
		out := inspected{file: f}
		if (c.Unreadable || c.Folder) && !isLog && !isDigest {
			out.unread = c.Name + " was not looked into: " + c.Skip
		}
		return out
	}
	content, err := in.read(c, f, isLog)
	if err != nil {
		f.Unreadable = source.Reason(err)
		return inspected{file: f}
	}
	out := inspected{file: f, events: trailChanges(content)}
	switch {
	case isLog:
		return out
	case isDigest || f.Digest:
		if f.Whole && len(content) > documentLimit {
			f.Unreadable = integrity.TooLong
			return out
		}
	case len(content) > documentLimit:
		return out
	case bytes.Contains(content, []byte("ublicKeyList")) || (bytes.Contains(content, []byte(`"Fingerprint"`)) && bytes.Contains(content, []byte(`"Value"`))):
		out.keys = true
	case strings.HasSuffix(f.Path, ".meta.json") || (bytes.Contains(content, []byte(`signature"`)) && bytes.HasPrefix(bytes.TrimSpace(content), []byte("{"))):
		out.sidecar = true
	default:
		return out
	}
	f.Body = append([]byte{}, content...) // never nil: an empty digest was read
	return out
}

// read hashes the first part of a candidate and learns how its container ends. content is the
// worker's buffer until the next read; of a part longer than documentLimit it is the beginning, and
// longer than that too.
func (in *inspector) read(c source.Candidate, f *integrity.File, isLog bool) (content []byte, err error) {
	file, err := source.Open(c)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	stored, whole, err := file.ReadAll(in.stored, documentLimit)
	if err != nil {
		return nil, err
	}
	in.stored = stored
	if whole {
		in.parts.Reset(stored)
	} else {
		if err := file.Rewind(); err != nil {
			return nil, err
		}
		in.parts.ResetReader(file)
	}
	content, err = in.expand(f, isLog)
	if err == nil && whole {
		err = file.Unchanged()
	}
	return content, err
}

// expand reads the first part to its end. A broken body is told by f.Whole, not by an error.
func (in *inspector) expand(f *integrity.File, isLog bool) (content []byte, err error) {
	h := sha256.New()
	part, err := in.parts.Next()
	f.Gzip = part.Gzip
	if errors.Is(err, io.EOF) { // an empty file
		h.Sum(f.Content[:0])
		return []byte{}, nil
	}
	if err == nil {
		content, err = in.drain(h)
	}
	var broken *source.BrokenError
	switch {
	case errors.As(err, &broken):
		return content, nil
	case err != nil:
		return nil, err
	}
	h.Sum(f.Content[:0])
	f.Whole = true
	done := in.parts.Part()
	f.Trailing = in.parts.More() || done.Trailing > 0
	f.Damaged = done.Damage != "" && !f.Trailing
	f.Digest = !isLog && bytes.Contains(content, []byte(`"digestS3Object"`))
	return content, nil
}

// drain reads the present part into h, and into memory until it is longer than documentLimit.
func (in *inspector) drain(h hash.Hash) ([]byte, error) {
	content := in.content[:0]
	for {
		if len(content) == cap(content) && len(content) <= documentLimit {
			content = slices.Grow(content, max(256<<10, len(content)))
		}
		to := content[len(content):cap(content)]
		if len(content) > documentLimit {
			to = in.overflow()
		}
		n, err := in.parts.Read(to)
		h.Write(to[:n])
		if len(content) <= documentLimit {
			content = content[:len(content)+n]
		}
		if err != nil {
			in.content = content
			if err == io.EOF {
				err = nil
			}
			return content, err
		}
	}
}

// overflow is where what is only hashed goes.
func (in *inspector) overflow() []byte {
	if in.window == nil {
		in.window = make([]byte, 256<<10)
	}
	return in.window
}

// trailChanges reads the changes of trails out of a log file. Only a file that names one of their
// operations is parsed, so that it costs a verification next to nothing.
func trailChanges(content []byte) (found []integrity.Event) {
	if !bytes.Contains(content, []byte("cloudtrail.amazonaws.com")) {
		return nil // one search, since every file pays for it
	}
	named := slices.ContainsFunc(integrity.TrailOps, func(op string) bool { return bytes.Contains(content, []byte(op)) })
	if !named || !cloudtrail.Recognise(content[:min(len(content), headSize)]) {
		return nil
	}
	p := cloudtrail.NewParser(cloudtrail.Limits{}, func(records []model.Record) error {
		for i := range records {
			r := &records[i]
			if r.Service != "cloudtrail" || r.Outcome != model.OK || r.Time == model.NoTime {
				continue
			}
			e, ok := integrity.TrailChange(strings.Clone(r.Op), strings.Clone(r.Account), strings.Clone(r.Region), r.Actor, r.Request, time.Unix(r.Time, 0).UTC())
			if ok {
				found = append(found, e)
			}
		}
		return nil
	}, func(model.Reject) {})
	p.Begin()
	// What it cannot read, a load tells of.
	_, _ = p.Feed(content, true)
	return found
}
