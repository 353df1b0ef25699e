package s3

import "sync"

// abreast does something with all of a list, as many side by side as the gate would let through, and
// gives the first error in the order of the list.
func abreast[T any](list []T, do func(T) error) error {
	side := make(chan struct{}, gateMost)
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, item := range list {
		side <- struct{}{}
		wg.Go(func() {
			defer func() { <-side }()
			errs[i] = do(item)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
