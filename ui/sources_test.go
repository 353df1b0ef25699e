package ui

import (
	"strings"
	"testing"

	"trailsift/model"
)

func TestAReasonIsReadableOnSmallScreens(t *testing.T) {
	m := newMemory(600)
	key := "s3://acme-audit-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/111122223333_CloudTrail_eu-west-1_20260304T0752Z_0123456789abcdef.json.gz"
	m.members = []model.Member{{
		Kind: model.KindSkipped, Name: strings.TrimPrefix(key, "s3://"), Locator: key,
		Reason: "access is denied to the KMS key arn:aws:kms:eu-west-1:111122223333:key/5f0f7b5e-1c1b-4f6e-9d3a-0123456789ab",
	}}
	p := startAt(t, m, 80, 24, nil)
	p.press("esc", "7")
	p.shows("access is denied to the KMS key", "0123456789ab", "not hashed: nothing of it was taken in", "…")
	p.hides("0000000000")
	p.press("y")
	p.shows("this member was not hashed")
	p.press("z")
	p.shows("s3://acme-audit-logs/AWSLogs/111122223333/", "0123456789abcdef.json.gz", "z or q back")
	p.press("q")
	p.shows("1 member")

	small := startAt(t, m, 40, 10, nil)
	small.press("esc", "7", "z")
	small.shows("where   s3://acme-audit-")
	small.press("G")
	small.shows("badge")
	small.press("esc")
	small.shows("1 member")
}
