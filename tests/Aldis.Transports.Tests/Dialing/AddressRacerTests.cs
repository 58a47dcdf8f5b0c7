using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Aldis.Tests;
using Aldis.Transports.Dialing;

namespace Aldis.Transports.Tests.Dialing;

/// <summary>The race in virtual time: connections are strings that the tests hand out.</summary>
public sealed class AddressRacerTests
{
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private readonly VirtualTime _time = new();
    private readonly Channel<(IPEndPoint Server, TaskCompletionSource<string> Answer)> _begun =
        Channel.CreateUnbounded<(IPEndPoint, TaskCompletionSource<string>)>();

    private readonly List<string> _discarded = [];

    [Fact]
    public async Task A_silent_address_is_overtaken_by_the_next_and_its_attempt_is_given_up()
    {
        Task<string> race = RacerOf(2).RunAsync(TestContext.Current.CancellationToken);
        TaskCompletionSource<string> silent = await BegunAsync(1);
        _time.Advance(AttemptDelay);
        (await BegunAsync(2)).SetResult("second");
        Assert.Equal("second", await race.InTime());
        Assert.True(silent.Task.IsCanceled);
    }

    [Fact]
    public async Task An_address_that_answers_late_still_wins_if_it_is_the_first_to_answer()
    {
        Task<string> race = RacerOf(2).RunAsync(TestContext.Current.CancellationToken);
        TaskCompletionSource<string> late = await BegunAsync(1);
        _time.Advance(AttemptDelay);
        await BegunAsync(2);
        late.SetResult("first");
        Assert.Equal("first", await race.InTime());
    }

    [Fact]
    public async Task An_address_that_fails_hands_over_at_once()
    {
        Task<string> race = RacerOf(2).RunAsync(TestContext.Current.CancellationToken);
        (await BegunAsync(1)).SetException(new SocketException((int)SocketError.ConnectionRefused));
        (await BegunAsync(2)).SetResult("second");
        Assert.Equal("second", await race.InTime());
    }

    [Fact]
    public async Task A_connection_that_opened_too_late_is_closed_before_the_winner_is_handed_out()
    {
        var isStubborn = new TaskCompletionSource();
        var racer = new AddressRacer<string>(
            ServersOf(2),
            async (server, stop) =>
            {
                if (server.Port == 1)
                {
                    // The system says that it opened although it was given up: the two crossed.
                    using CancellationTokenRegistration givenUp = stop.Register(isStubborn.SetResult);
                    await isStubborn.Task;
                    return "too late";
                }

                return "winner";
            },
            Discard,
            _time);
        Task<string> race = racer.RunAsync(TestContext.Current.CancellationToken);
        _time.Advance(AttemptDelay);
        Assert.Equal("winner", await race.InTime());
        Assert.Equal(["too late"], _discarded);
    }

    [Fact]
    public async Task When_every_address_has_failed_it_says_what_became_of_each()
    {
        AddressRacer<string> racer = RacerOf(2);
        Task<string> race = racer.RunAsync(TestContext.Current.CancellationToken);
        (await BegunAsync(1)).SetException(new SocketException((int)SocketError.ConnectionRefused));
        (await BegunAsync(2)).SetException(new SocketException((int)SocketError.HostUnreachable));
        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => race.InTime());
        Assert.Equal(SocketError.HostUnreachable, failure.SocketErrorCode);
        Assert.All(racer.Attempts, static attempt => Assert.Equal(AttemptState.Failed, attempt.State));
    }

    [Fact]
    public async Task Giving_up_ends_every_attempt_and_tells_the_silent_from_the_failed_and_the_untried()
    {
        using var stop = new CancellationTokenSource();
        AddressRacer<string> racer = RacerOf(3);
        Task<string> race = racer.RunAsync(stop.Token);
        (await BegunAsync(1)).SetException(new SocketException((int)SocketError.ConnectionRefused));
        TaskCompletionSource<string> silent = await BegunAsync(2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race.InTime());
        Assert.True(silent.Task.IsCanceled);
        Assert.Equal(
            [AttemptState.Failed, AttemptState.Silent, AttemptState.NotBegun], racer.Attempts.Select(static attempt => attempt.State));
    }

    private static List<IPEndPoint> ServersOf(int count) =>
        [.. Enumerable.Range(1, count).Select(static number => new IPEndPoint(IPAddress.Loopback, number))];

    private AddressRacer<string> RacerOf(int count) => new(ServersOf(count), ConnectAsync, Discard, _time);

    private async Task<string> ConnectAsync(IPEndPoint server, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration givenUp = stop.Register(() => answer.TrySetCanceled(stop));
        _begun.Writer.TryWrite((server, answer));
        return await answer.Task;
    }

    private ValueTask Discard(string connection)
    {
        _discarded.Add(connection);
        return ValueTask.CompletedTask;
    }

    private async Task<TaskCompletionSource<string>> BegunAsync(int port)
    {
        (IPEndPoint server, TaskCompletionSource<string> answer) =
            await _begun.Reader.ReadAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal(port, server.Port);
        return answer;
    }
}
