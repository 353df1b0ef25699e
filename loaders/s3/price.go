package s3

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailsift/model"
)

// List prices of us-east-1 in US dollars ("Amazon S3 pricing", storage, requests and data transfer, as
// published in 2026). Other Regions differ by a few tenths; an estimate need not be better.
const (
	listPrice     = 0.005 / 1000
	getPrice      = 0.0004 / 1000
	transferPrice = 0.09 / 1e9 // a byte that leaves the Region for the internet

	// What an estimate of time supposes; a load tells the truth as it goes.
	supposedWait = 40 * time.Millisecond // of a request
	supposedRate = 25e6                  // bytes a second
)

// reading is what classes charge for being read, a GET and a byte.
var reading = map[types.ObjectStorageClass]struct{ get, byteOf float64 }{
	types.ObjectStorageClassStandardIa: {0.001 / 1000, 0.01 / 1e9},
	types.ObjectStorageClassOnezoneIa:  {0.001 / 1000, 0.01 / 1e9},
	types.ObjectStorageClassGlacierIr:  {0.01 / 1000, 0.03 / 1e9},
}

// Price estimates what taking a volume costs. wait is how long a
// request was seen to take; 0 where none was.
func Price(v model.Volume, wait time.Duration) model.Estimate {
	gets, bytes := v.Objects-v.Held, v.Bytes-v.HeldBytes
	e := model.Estimate{Volume: v, Gets: gets, Transfer: float64(bytes) * transferPrice}
	standard := gets
	for _, c := range v.Classes {
		if p, ok := reading[types.ObjectStorageClass(c.Class)]; ok {
			e.Requests += float64(c.Objects) * p.get
			e.Retrieval += float64(c.Bytes) * p.byteOf
			standard -= c.Objects
		}
	}
	e.Requests += float64(v.Lists)*listPrice + float64(max(0, standard))*getPrice
	if wait <= 0 {
		wait = supposedWait
	}
	requests := time.Duration(float64(gets) / gateMost * float64(wait))
	e.Duration = max(requests, time.Duration(float64(bytes)/supposedRate*float64(time.Second)))
	return e
}
