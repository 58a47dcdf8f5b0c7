using Aldis.Cli.Terminal;
using Aldis.Protocols.Tracing;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Terminal;

public sealed class LiveTraceTests
{
    [Fact]
    public async Task What_comes_is_shown_in_order_and_then_completed()
    {
        var view = new RecordedView();
        await using (var trace = new LiveTrace(view))
        {
            Record(trace, 1, 100);
        }

        Assert.Equal(Enumerable.Range(1, 100).Select(number => (long)number), view.Shown);
        Assert.Equal((0, true), (view.Skipped, view.IsComplete));
    }

    [Fact]
    public async Task A_view_that_stands_still_costs_events_and_never_the_transport()
    {
        using var view = new RecordedView();
        view.Hold();
        await using (var trace = new LiveTrace(view, queueLength: 10))
        {
            Record(trace, 1, 1_000);
            view.GoOn();
        }

        Assert.InRange(view.Shown.Count, 10, 999);
        Assert.Equal(1_000, view.Shown.Count + view.Skipped);
        Assert.Equal(view.Shown.Order(), view.Shown);
    }

    [Fact]
    public async Task A_reader_who_is_gone_does_not_end_the_conversation()
    {
        using var view = new RecordedView { Failure = new IOException("Broken pipe") };
        await using (var trace = new LiveTrace(view, queueLength: 10))
        {
            Record(trace, 1, 1_000);
            await view.Failed.InTime();
            Record(trace, 1_001, 2_000);
        }

        // Whoever is gone is told nothing more: neither what came later, nor what was dropped, nor that it is over.
        Assert.Equal(1, view.Asked);
        Assert.Equal((0, false), (view.Skipped, view.IsComplete));
    }

    private static void Record(LiveTrace trace, long first, long last)
    {
        for (long number = first; number <= last; number++)
        {
            trace.Record(new TraceEvent(TraceEventKind.FrameSent, number) { PacketNumber = number });
        }
    }

    private sealed class RecordedView : ILiveView, IDisposable
    {
        private readonly ManualResetEventSlim _mayGoOn = new(initialState: true);
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<long> Shown { get; } = [];

        public long Skipped { get; private set; }

        public bool IsComplete { get; private set; }

        public IOException? Failure { get; init; }

        /// <summary>How often it was given an event.</summary>
        public int Asked { get; private set; }

        public Task Failed => _failed.Task;

        public void Hold() => _mayGoOn.Reset();

        public void GoOn() => _mayGoOn.Set();

        public void Record(in TraceEvent traceEvent)
        {
            Asked++;
            _mayGoOn.Wait(TestContext.Current.CancellationToken);
            if (Failure is not null)
            {
                _failed.TrySetResult();
                throw Failure;
            }

            Shown.Add(traceEvent.PacketNumber);
        }

        public void Skip(long count) => Skipped += count;

        public void Complete() => IsComplete = true;

        public void Dispose() => _mayGoOn.Dispose();
    }
}
