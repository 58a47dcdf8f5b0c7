using System.Net;
using Aldis.Tests;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Listening;

/// <summary>A listener that dies is opened again, and somebody is told.</summary>
public sealed class ReopeningListenerTests
{
    private static readonly IPEndPoint Asked = new(IPAddress.Loopback, 0);
    private static readonly IPEndPoint Bound = new(IPAddress.Loopback, 7001);
    private static readonly TimeSpan AnyPause = TimeSpan.FromSeconds(30);

    private readonly VirtualTime _time = new();
    private readonly RecordingWatch _watch = new();
    private readonly Queue<Func<IConnectionListener>> _next = [];
    private readonly List<EndPoint> _binds = [];

    [Fact]
    public async Task A_listener_that_ends_or_throws_is_opened_again_where_it_was()
    {
        var connection = new DefaultConnectionContext();
        Next(new ScriptedListener(static () => throw new IOException("a defect")));
        Next(new ScriptedListener(() => connection));
        ReopeningListener listener = Open(new ScriptedListener(static () => null));

        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(AnyPause);
        _time.Advance(AnyPause);

        Assert.Same(connection, await accepting.InTime());
        Assert.Equal([Bound, Bound], _binds);
        Assert.Equal(["failed: it ended without being asked to", "reopened", "failed: a defect", "reopened"], _watch.Told);
    }

    [Fact]
    public async Task What_cannot_be_opened_is_tried_again_and_then_lost_and_accepting_ends()
    {
        for (int count = 0; count < ReopenBackoff.MostTries; count++)
        {
            _next.Enqueue(static () => throw new AddressInUseException("taken"));
        }

        var dead = new ScriptedListener(static () => null);
        ReopeningListener listener = Open(dead);

        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(accepting.IsCompleted);
        _time.Advance(ReopenBackoff.MostTries * AnyPause);

        Assert.Null(await accepting.InTime());
        Assert.True(dead.IsDisposed);
        Assert.Equal(["failed: it ended without being asked to", "lost: taken"], _watch.Told);
        Assert.Null(await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_fails_in_a_way_nobody_expected_is_tried_again_and_told_likewise()
    {
        _next.Enqueue(static () => throw new System.ComponentModel.Win32Exception("no epoll"));
        for (int count = 1; count < ReopenBackoff.MostTries; count++)
        {
            _next.Enqueue(static () => throw new InvalidOperationException("a defect"));
        }

        ReopeningListener listener = Open(new ScriptedListener(static () => null) { DisposeFailure = new InvalidOperationException("stuck") });

        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(ReopenBackoff.MostTries * AnyPause);

        Assert.Null(await accepting.InTime());
        Assert.Equal(["failed: it ended without being asked to", "lost: a defect"], _watch.Told);
    }

    [Fact]
    public async Task One_that_ends_because_it_was_unbound_is_not_opened_again()
    {
        var end = new TaskCompletionSource<ConnectionContext?>();
        ReopeningListener listener = Open(new ScriptedListener(() => end.Task.Result, end.Task));

        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();
        await listener.UnbindAsync(TestContext.Current.CancellationToken);
        end.SetResult(null);

        Assert.Null(await accepting.InTime());
        Assert.Empty(_watch.Told);
    }

    [Fact]
    public async Task Unbinding_ends_a_pause_without_a_further_try()
    {
        ReopeningListener listener = Open(new ScriptedListener(static () => null));
        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();

        await listener.UnbindAsync(TestContext.Current.CancellationToken);

        Assert.Null(await accepting.InTime());
        Assert.Empty(_binds);
        Assert.Equal(["failed: it ended without being asked to"], _watch.Told);
        await listener.DisposeAsync();
    }

    private ReopeningListener Open(ScriptedListener first) => new(
        Asked,
        first,
        (endPoint, _) =>
        {
            _binds.Add(endPoint);
            return ValueTask.FromResult(_next.Dequeue()());
        },
        _time,
        _watch);

    private void Next(ScriptedListener listener) => _next.Enqueue(() => listener);

    private sealed class ScriptedListener(Func<ConnectionContext?> accept, Task? before = null) : IConnectionListener
    {
        public EndPoint EndPoint => Bound;

        public bool IsDisposed { get; private set; }

        public Exception? DisposeFailure { get; init; }

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            await (before ?? Task.CompletedTask);
            return accept();
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return DisposeFailure is null ? ValueTask.CompletedTask : ValueTask.FromException(DisposeFailure);
        }
    }

    private sealed class RecordingWatch : IListenerWatch
    {
        public List<string> Told { get; } = [];

        public void Failed(EndPoint endPoint, Exception reason) => Tell(endPoint, $"failed: {reason.Message}");

        public void Reopened(EndPoint endPoint) => Tell(endPoint, "reopened");

        public void Lost(EndPoint endPoint, Exception reason) => Tell(endPoint, $"lost: {reason.Message}");

        private void Tell(EndPoint endPoint, string what)
        {
            Assert.Same(Asked, endPoint);
            Told.Add(what);
        }
    }
}
