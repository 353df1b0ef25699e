package s3

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/loaders/source"
)

var errChanged = errors.New("it changed after it was listed")

// Fetch copies o into ev, unless its ETag and size are there already. A body that breaks is gone on with, or
// read again where little of it came. An object that changed since it was listed is looked at again and
// fetched as it is now. Where no other object could be had either, the error is a source.StopError.
func (c *Client) Fetch(ctx context.Context, o Object, ev *source.Evidence) (source.Fetched, error) {
	if found, ok := ev.Find(source.RemotePath(o.Bucket, o.Key), o.ETag, o.Size); ok {
		return found, nil
	}
	if err := c.gate.enter(ctx); err != nil {
		return source.Fetched{}, err
	}
	path, err := c.fetch(ctx, o, ev)
	if changed(err) {
		if o, err = c.look(ctx, o); err == nil {
			if found, ok := ev.Find(source.RemotePath(o.Bucket, o.Key), o.ETag, o.Size); ok {
				c.gate.leave(true)
				return found, nil
			}
			path, err = c.fetch(ctx, o, ev)
		}
		if changed(err) {
			err = &Error{Place: place(o.Bucket, o.Key), What: "it keeps changing while it is fetched", Hint: "load again when nobody writes to it", Err: err}
		}
	}
	c.gate.leave(err == nil)
	if whoAsks[codeOf(err)] {
		return source.Fetched{}, source.StopError{Err: c.explain(err, o.Bucket, o.Key)}
	}
	return source.Fetched{Path: path}, c.explain(err, o.Bucket, o.Key)
}

// look asks what an object is now.
func (c *Client) look(ctx context.Context, o Object) (Object, error) {
	out, err := c.in(o.Bucket).HeadObject(ctx, &awss3.HeadObjectInput{
		Bucket: aws.String(o.Bucket), Key: aws.String(o.Key), VersionId: optional(o.Version), RequestPayer: c.payer(),
	})
	if err != nil {
		return o, err
	}
	o.ETag, o.Size, o.LastModified = bare(out.ETag), aws.ToInt64(out.ContentLength), aws.ToTime(out.LastModified)
	return o, nil
}

func (c *Client) fetch(ctx context.Context, o Object, ev *source.Evidence) (string, error) {
	rel := source.RemotePath(o.Bucket, o.Key)
	if c.opt.HeadRoom != nil {
		if err := c.opt.HeadRoom(o.Size); err != nil {
			return "", &Error{Place: place(o.Bucket, o.Key), What: "there is no room for it: " + err.Error(), Err: err}
		}
	}
	var p partial
	defer p.drop()
	renewed, anew, furthest := false, 0, int64(0)
	for attempt := 1; ; attempt++ {
		path, err := c.get(ctx, o, rel, ev, &p)
		switch {
		case err == nil:
			return path, nil
		case ctx.Err() != nil:
			return "", ctx.Err()
		case p.size >= furthest+worthKeeping:
			furthest, attempt = p.size, 1 // a long object over a line that breaks now and then does come to its end
		case furthest > 0 && (mismatched(err) || err == errNoRange):
			if anew++; anew >= c.opt.Attempts {
				return "", err
			}
			furthest, attempt = 0, 1
		case attempt >= c.opt.Attempts:
			return "", err
		case !renewed && c.recovered(ctx, o.Bucket, err):
			renewed = true
			continue
		case changed(err) || final(err) && !c.retryer().IsErrorRetryable(err):
			return "", err
		}
		if err := c.gate.rest(ctx, c.again(attempt, err)); err != nil {
			return "", err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// get is one try at an object: the copy appears whole or not at all. It goes on with what p holds.
func (c *Client) get(ctx context.Context, o Object, rel string, ev *source.Evidence, p *partial) (string, error) {
	in := &awss3.GetObjectInput{
		Bucket: aws.String(o.Bucket), Key: aws.String(o.Key), VersionId: optional(o.Version), RequestPayer: c.payer(), ChecksumMode: types.ChecksumModeEnabled,
		Range: p.rest(), IfMatch: optional(quotedTag(o.ETag)),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The SDK would wait in the gate.
	out, err := c.in(o.Bucket).GetObject(ctx, in, func(o *awss3.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	// Some servers pay no heed to If-Match.
	etag := bare(out.ETag)
	switch {
	case p.size > 0 && !p.goesOn(out):
		p.drop()
		return "", errNoRange
	case o.ETag != "" && etag != o.ETag || out.ContentLength != nil && *out.ContentLength != o.Size-p.size:
		p.drop()
		return "", errChanged
	case p.copied == nil:
		if p.copied, err = ev.Create(false); err != nil {
			return "", o.unwritten(err)
		}
		p.told = toldOf(out)
	}
	if err := p.fill(out.Body, o); err != nil {
		return "", err
	}
	if out.LastModified != nil {
		o.LastModified = *out.LastModified
	}
	path, _, err := p.copied.Commit(rel, source.Sidecar{
		Source: o.Locator(), LastModified: o.LastModified.UTC(), ETag: o.ETag,
		VersionID: aws.ToString(out.VersionId), Metadata: out.Metadata,
	})
	p.copied = nil
	if err != nil {
		return "", o.unwritten(err)
	}
	return path, nil
}

// watched tells errors of the disk from those of the network.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

// unwritten is the failure to keep a copy; asking S3 again cannot help.
func (o Object) unwritten(err error) error {
	return &Error{Place: place(o.Bucket, o.Key), What: "the copy cannot be written into the case", Hint: "check the space and the permissions of the case", Err: err}
}
