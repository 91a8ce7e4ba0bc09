package nightly

// Doing every night in its time, once.

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/vigile-it/vigile/internal/record"
)

const (
	stopTime   = 10 * time.Second // from the end of the context to the end of Schedule
	retryEvery = 30 * time.Minute // a night that did not end is taken up again
	nightsBack = 60               // nights among which the one that is due is looked for
	lateBy     = 12 * time.Hour   // until when a night that begins late is still that night
)

// ScheduleOptions say what a schedule does. Timetable, Do and Runs are required.
type ScheduleOptions struct {
	Timetable Timetable

	// Do does the night of a date: Run of every comune with that Selection.Night.
	// It is called again, half an hour later, until Runs shows that the night has
	// ended; never twice at once. It must end when ctx does.
	Do func(ctx context.Context, night string) error

	Runs   func(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error) // as a Keeper's
	Now    func() time.Time                                                                // nil: time.Now
	Logger *slog.Logger                                                                    // nil: silent
}

// ErrStillRunning is returned where a night did not end in the ten seconds after
// the schedule was told to.
var ErrStillRunning = errors.New("nightly: the night is still running")

// Schedule does every night of the timetable until ctx ends, and at once the
// last one if it was missed; where there never was a night, that is one. A night
// of which a run has ended is not done again.
func Schedule(ctx context.Context, o ScheduleOptions) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	zone := o.Timetable.spec.Location
	if o.Timetable.SummerTime() {
		o.Logger.Warn("a night that begins between 02:00 and 02:59 is skipped once a year and comes twice once a year")
	}
	log := cronLog{o.Logger}
	// In this order: the other one would skip for ever after one panic.
	table := cron.New(cron.WithLocation(zone), cron.WithLogger(log), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	id := table.Schedule(o.Timetable.spec, cron.FuncJob(func() { o.tonight(ctx) }))
	job := table.Entry(id).WrappedJob
	table.Start()
	var missed sync.WaitGroup
	missed.Go(job.Run)
	<-ctx.Done()
	return wait(table.Stop(), &missed)
}

// wait gives what runs the time to stop.
func wait(running context.Context, missed *sync.WaitGroup) error {
	stopped := make(chan struct{})
	go func() {
		missed.Wait()
		<-running.Done()
		close(stopped)
	}()
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-stopped:
		return nil
	case <-late.C:
		return ErrStillRunning
	}
}

// tonight does the night that is due until it has ended.
func (o ScheduleOptions) tonight(ctx context.Context) {
	for !o.settled(ctx) && pause(ctx, retryEvery) {
	}
}

// settled does the night that is due, once, and tells whether none is due now.
func (o ScheduleOptions) settled(ctx context.Context) bool {
	night, due, err := o.due(ctx)
	if err == nil && due {
		o.Logger.Info("the night begins", "night", night)
		if err := o.Do(ctx, night); err != nil && ctx.Err() == nil {
			o.Logger.Error("the night failed", "night", night, "error", err)
		}
		_, due, err = o.due(ctx)
	}
	if err != nil && ctx.Err() == nil {
		o.Logger.Error("looking for the last night", "error", err)
	}
	return err == nil && !due
}

// due is the night to be done now, and whether there is one. One that begins so
// late that another is near is done under the date of today: two looks an hour
// apart must not pass for two nights.
func (o ScheduleOptions) due(ctx context.Context) (night string, due bool, err error) {
	now, zone := o.Now(), o.Timetable.spec.Location
	last := o.Timetable.Last(now)
	if last.IsZero() {
		return "", false, nil
	}
	night = record.NightOf(last, zone)
	runs, err := o.Runs(ctx, record.Night, nightsBack)
	if err != nil {
		return "", false, err
	}
	today := record.NightOf(now, zone)
	for _, r := range runs {
		switch {
		case r.Ended.IsZero() || r.Night < night:
		case r.Night > today: // of a clock that was ahead; it says nothing of tonight
			o.Logger.Warn("a night of the future is not counted", "night", r.Night)
		default:
			return "", false, nil
		}
	}
	if now.Sub(last) >= lateBy {
		night = today
	}
	return night, true, nil
}

// cronLog hands what cron has to say to slog.
type cronLog struct{ to *slog.Logger }

func (l cronLog) Info(msg string, pairs ...any) {
	if msg == "skip" {
		l.to.Warn("a night is still running: the next one is skipped")
		return
	}
	l.to.Debug("timetable: "+msg, pairs...)
}

func (l cronLog) Error(err error, msg string, pairs ...any) {
	l.to.Error("the night broke", append([]any{"error", err, "what", msg}, pairs...)...)
}
