package loaders

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/integrity"
)

// Document is a small file that a verification needs the text of.
type Document struct {
	Path    string // as integrity.File.Path
	Content []byte
}

// Custody is what a verification needs to know of a pile of files.
type Custody struct {
	Files    []*integrity.File
	Keys     []Document // lists of public keys that lie among the files
	Sidecars []Document // NAME.meta.json, and files of "bucket/key": {"signature": …}
}

// documentLimit bounds digests, key lists and metadata; a larger one is unreadable, not taken in part.
const documentLimit = 64 << 20

// Inspect reads every file of sources once, side by side, and writes nothing. A file that cannot be
// read is one with a reason; it never ends the run.
func Inspect(ctx context.Context, sources []string, opt Options, progress *model.Progress) (Custody, error) {
	opt = opt.withDefaults()
	if progress == nil {
		progress = &model.Progress{}
	}
	set, err := source.List(ctx, sources, source.Options{Copy: source.CopyNever, Limits: opt.Limits, HeadRoom: opt.HeadRoom})
	if err != nil {
		return Custody{}, err
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
		return Custody{}, err
	}
	return gather(found), nil
}

type inspected struct {
	file    *integrity.File
	keys    bool
	sidecar bool
}

func gather(found []inspected) Custody {
	var c Custody
	for _, f := range found {
		switch {
		case f.file == nil:
		case f.sidecar:
			c.Sidecars = append(c.Sidecars, Document{f.file.Path, f.file.Body})
		case f.keys:
			c.Keys = append(c.Keys, Document{f.file.Path, f.file.Body})
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

// inspect reads one candidate. Anything that is neither CloudTrail's by its name nor a document by
// its content is left out: a verification has nothing to say of it.
func (in *inspector) inspect(c source.Candidate) inspected {
	f := &integrity.File{Path: filepath.ToSlash(c.Name)}
	_, isLog := integrity.ParseLogName(f.Path)
	_, isDigest := integrity.ParseDigestName(f.Path)
	if c.Skip != "" {
		if !c.Unreadable && !isLog && !isDigest {
			return inspected{}
		}
		f.Unreadable = c.Skip
		return inspected{file: f}
	}
	keep, err := in.read(c, f, isDigest)
	switch {
	case err != nil:
		f.Unreadable = source.Reason(err)
		if !isLog && !isDigest {
			return inspected{}
		}
		return inspected{file: f}
	case isLog && !f.Digest:
		f.Body = nil
		return inspected{file: f}
	case isDigest || f.Digest:
		return inspected{file: f}
	}
	f.Body = bytes.Clone(keep)
	switch {
	case bytes.Contains(keep, []byte("ublicKeyList")) || (bytes.Contains(keep, []byte(`"Fingerprint"`)) && bytes.Contains(keep, []byte(`"Value"`))):
		return inspected{file: f, keys: true}
	case strings.HasSuffix(f.Path, ".meta.json") || (bytes.Contains(keep, []byte(`signature"`)) && bytes.HasPrefix(bytes.TrimSpace(keep), []byte("{"))):
		return inspected{file: f, sidecar: true}
	}
	return inspected{file: f}
}

// read hashes the first part of a candidate and learns how its container ends. keep is the worker's
// buffer until the next read; a digest's bytes are in f.Body to stay.
func (in *inspector) read(c source.Candidate, f *integrity.File, isDigest bool) (keep []byte, err error) {
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
	keep, err = in.expand(f)
	if err != nil {
		return nil, err
	}
	if whole {
		if err := file.Unchanged(); err != nil {
			return nil, err
		}
	}
	if isDigest || f.Digest {
		if keep == nil && !f.Gzip {
			keep = []byte{}
		}
		f.Body = bytes.Clone(keep)
		return f.Body, nil
	}
	return keep[:min(len(keep), documentLimit)], nil
}

// expand reads the first part to its end. A broken body is told by f.Whole, not by an error.
func (in *inspector) expand(f *integrity.File) (content []byte, err error) {
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
	f.Digest = bytes.Contains(content[:min(len(content), 64<<10)], []byte(`"digestS3Object"`))
	return content, nil
}

// drain reads the present part into h, and into memory up to documentLimit.
func (in *inspector) drain(h hash.Hash) ([]byte, error) {
	in.content = in.content[:0]
	if in.window == nil {
		in.window = make([]byte, 256<<10)
	}
	for {
		n, err := in.parts.Read(in.window)
		h.Write(in.window[:n])
		if len(in.content) < documentLimit {
			in.content = append(in.content, in.window[:n]...)
		}
		if err == io.EOF {
			return in.content, nil
		}
		if err != nil {
			return in.content, err
		}
	}
}
