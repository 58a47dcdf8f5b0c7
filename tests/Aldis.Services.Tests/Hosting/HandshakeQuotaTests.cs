using System.Net;
using Aldis.Protocols.Fairness;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Aldis.Transports.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Whose handshake is next where all turns are taken.</summary>
public sealed class HandshakeQuotaTests
{
    private static readonly NetworkKey Many = PeerNetwork.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly NetworkKey One = PeerNetwork.Of(IPAddress.Parse("192.0.2.2"));
    private static readonly NetworkKey Other = PeerNetwork.Of(IPAddress.Parse("192.0.2.3"));

    [Fact]
    public async Task Addresses_that_wait_take_turns_however_many_of_one_wait()
    {
        var quota = new HandshakeQuota(most: 10, mostInAll: 2);
        HandshakeQuota.Turn[] taken = [quota.TryEnter(Many)!, quota.TryEnter(Many)!];
        Assert.Null(quota.TryEnter(One));
        Task<HandshakeQuota.Turn?>[] many = [.. Enumerable.Range(0, 5).Select(_ => Wait(quota, Many))];
        Task<HandshakeQuota.Turn?> one = Wait(quota, One);
        Task<HandshakeQuota.Turn?> other = Wait(quota, Other);

        taken[0].Dispose();
        HandshakeQuota.Turn first = (await many[0].InTime())!;
        taken[1].Dispose();
        HandshakeQuota.Turn second = (await one.InTime())!;
        first.Dispose();
        await other.InTime();
        Assert.All(many[1..], static waiting => Assert.False(waiting.IsCompleted));
        second.Dispose();
        await many[1].InTime();
    }

    [Fact]
    public async Task An_address_within_all_turns_has_no_more_than_its_own()
    {
        var quota = new HandshakeQuota(most: 1, mostInAll: 2);
        using HandshakeQuota.Turn mine = quota.TryEnter(Many)!;
        Task<HandshakeQuota.Turn?> next = Wait(quota, Many);
        using HandshakeQuota.Turn another = quota.TryEnter(One)!;
        Task<HandshakeQuota.Turn?> third = Wait(quota, Other);

        another.Dispose();

        Assert.NotNull(await third.InTime());
        Assert.False(next.IsCompleted);
        mine.Dispose();
        Assert.NotNull(await next.InTime());
    }

    [Fact]
    public async Task Where_there_are_more_turns_those_who_wait_have_theirs()
    {
        var quota = new HandshakeQuota(most: 1, mostInAll: 1);
        using HandshakeQuota.Turn taken = quota.TryEnter(Many)!;
        Task<HandshakeQuota.Turn?> mine = Wait(quota, Many);
        Task<HandshakeQuota.Turn?> another = Wait(quota, One);

        quota.Change(most: 1, mostInAll: 2);
        Assert.NotNull(await another.InTime());
        Assert.False(mine.IsCompleted);
        quota.Change(most: 2, mostInAll: 3);
        Assert.NotNull(await mine.InTime());
    }

    [Fact]
    public async Task Nothing_is_remembered_of_those_that_came_and_went()
    {
        var quota = new HandshakeQuota(most: 1, mostInAll: 1);
        HandshakeQuota.Turn taken = quota.TryEnter(Many)!;
        using var patience = new CancellationTokenSource();
        Task<HandshakeQuota.Turn?>[] waiting = [.. new[] { Many, One, One, Other }.Select(peer => quota.EnterAsync(peer, patience.Token).AsTask())];
        await patience.CancelAsync();
        Assert.All(await Task.WhenAll(waiting).InTime(), Assert.Null);

        taken.Dispose();

        Assert.Equal(0, quota.Peers);
        quota.TryEnter(One)!.Dispose();
        Assert.Equal(0, quota.Peers);
    }

    private static Task<HandshakeQuota.Turn?> Wait(HandshakeQuota quota, NetworkKey peer) =>
        quota.EnterAsync(peer, TestContext.Current.CancellationToken).AsTask();
}
