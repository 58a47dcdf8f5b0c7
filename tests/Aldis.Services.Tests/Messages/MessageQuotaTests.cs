using System.Globalization;
using System.Text;
using Aldis.Protocols.Fairness;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Messages;

/// <summary>How many messages and bytes one client may have stored.</summary>
public sealed class MessageQuotaTests : IDisposable
{
    private const long MiB = 1 << 20;

    private static readonly MessagesClientOptions Once = new() { RetryFor = TimeSpan.Zero };

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Ten_seconds_worth_of_messages_may_come_at_once_and_the_rest_as_fast_as_the_rate()
    {
        var quota = new MessageQuota(new ConnectionLimits { MessageRate = 100 });

        Assert.Equal(1000, Taken(quota, 5000, TimeSpan.Zero));
        Assert.Equal(
            (ServiceEventCause.MessageRate, "busy: messages come faster than 100 a second, the most one client may send"),
            Told(quota.TryTake(0, TimeSpan.Zero)));
        Assert.Equal(50, Taken(quota, 5000, TimeSpan.FromSeconds(0.5)));
        Assert.Equal(1000, Taken(quota, 5000, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void The_bytes_of_a_day_come_back_evenly_over_a_day()
    {
        var quota = new MessageQuota(new ConnectionLimits { MessageBytesPerDay = 24 * MiB });

        Assert.Null(quota.TryTake(0, TimeSpan.Zero));
        quota.Count(24 * MiB, TimeSpan.Zero);
        Assert.Equal(
            (ServiceEventCause.MessageQuota, "busy: 25165824 bytes were stored, the most one client may have stored in a day"),
            Told(quota.TryTake(0, TimeSpan.Zero)));
        Assert.Null(quota.TryTake(0, TimeSpan.FromHours(1)));

        // What was too much is owed.
        Assert.NotNull(quota.TryTake(3 * MiB, TimeSpan.FromHours(1)));
        Assert.NotNull(quota.TryTake(0, TimeSpan.FromHours(2)));
        Assert.Null(quota.TryTake(0, TimeSpan.FromHours(3.1)));
        Assert.Equal(TimeSpan.Zero, quota.TimeUntilUnused(TimeSpan.FromHours(30)));
    }

    [Fact]
    public void A_client_that_comes_back_has_used_what_it_used_and_those_longest_that_used_most_are_remembered()
    {
        var quotas = new MessageQuotas(mostRemembered: 16);
        var limits = new ConnectionLimits { MessageBytesPerDay = MiB };
        for (int client = 0; client < 100; client++)
        {
            MessageQuota quota = quotas.Enter(default, Name(client), limits);
            quota.Count(client == 3 ? MiB : 1, TimeSpan.Zero);
            quotas.Leave(quota, TimeSpan.Zero);
        }

        Assert.InRange(quotas.Count, 1, 17);
        MessageQuota[] used = [.. Enumerable.Range(0, 40).Select(client => quotas.Enter(default, Name(client), limits))];
        Assert.NotNull(used[3].TryTake(0, TimeSpan.Zero));
        Assert.Null(used[4].TryTake(0, TimeSpan.Zero));

        // Nobody who is here is forgotten.
        Assert.Same(used[4], quotas.Enter(default, Name(4), limits));
    }

    [Fact]
    public void Nothing_is_remembered_of_a_client_that_has_used_nothing_or_has_been_given_all_of_it_back()
    {
        var quotas = new MessageQuotas();
        var limits = new ConnectionLimits { MessageBytesPerDay = MiB };
        for (int client = 0; client < 1000; client++)
        {
            quotas.Leave(quotas.Enter(default, Name(client), limits), TimeSpan.Zero);
        }

        MessageQuota one = quotas.Enter(default, "one", limits);
        MessageQuota other = quotas.Enter(default, "other", limits);
        one.Count(MiB, TimeSpan.Zero);
        other.Count(MiB, TimeSpan.Zero);
        quotas.Leave(one, TimeSpan.FromHours(23));
        quotas.Leave(other, TimeSpan.FromHours(24));

        Assert.Equal(1, quotas.Count);
        Assert.Same(one, quotas.Enter(default, "one", limits));
        Assert.NotSame(other, quotas.Enter(default, "other", limits));
    }

    [Fact]
    public void An_id_counts_alone_and_the_plain_form_by_its_address()
    {
        var quotas = new MessageQuotas();
        NetworkKey here = NetworkKey.OfLocalUser(1), there = NetworkKey.OfLocalUser(2);

        Assert.Same(quotas.Enter(here, "a", ConnectionLimits.Default), quotas.Enter(there, "a", ConnectionLimits.Default));
        Assert.Same(quotas.Enter(here, null, ConnectionLimits.Default), quotas.Enter(here, null, ConnectionLimits.Default));
        Assert.NotSame(quotas.Enter(here, null, ConnectionLimits.Default), quotas.Enter(there, null, ConnectionLimits.Default));
    }

    [Fact]
    public void Other_limits_count_for_connections_that_come_from_now_on()
    {
        var quotas = new MessageQuotas();
        MessageQuota quota = quotas.Enter(default, "a", new ConnectionLimits { MessageRate = 1 });
        Assert.Equal(10, Taken(quota, 1000, TimeSpan.Zero));
        Assert.Equal(0, Taken(quotas.Enter(default, "a", new ConnectionLimits { MessageRate = 1 }), 1000, TimeSpan.Zero));

        Assert.Equal(20, Taken(quotas.Enter(default, "a", new ConnectionLimits { MessageRate = 2 }), 1000, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_native_client_that_is_too_fast_is_told_that_the_server_is_busy_and_its_other_messages_are_safe()
    {
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        string address = $"unix:{_directory.Combine("messages.sock")}";
        var time = new VirtualTime();
        await using RunningServer server = await RunningServer.StartAsync(
            "messages", new MessagesHandler(store), new ConnectionLimits { MessageRate = 1 }, time, address);

        Assert.Equal(10, (await SendAsync(address, 10)).Acknowledged);
        MessageDelivery delivery = await SendAsync(address, 2);

        Assert.Equal((0L, 2L), (delivery.Acknowledged, delivery.Unacknowledged));
        Assert.Equal(CommunicationFailure.Refused, delivery.Failure!.Failure);
        ServiceEvent told = server.Events.Of(ServiceEventKind.MessageRefused)[0];
        Assert.Equal((ServiceEventCause.MessageRate, "pump", 11L), (told.Cause, told.Client, told.Sequence));

        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, (await SendAsync(address, 3)).Acknowledged);
    }

    [Fact]
    public async Task A_plain_client_whose_day_is_used_up_hears_so_in_its_own_framing()
    {
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        await using RunningServer server = await RunningServer.StartAsync(
            "messages", new MessagesHandler(store), new ConnectionLimits { MessageBytesPerDay = 100 }, new VirtualTime());
        using (LabClient client = await server.ConnectAsync())
        {
            await client.SendAsync(LabFrame.Of(new string('x', 100)));
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
        }

        using LabClient again = await server.ConnectAsync();
        await again.SendAsync(LabFrame.Of("one more"));

        Assert.Equal(
            "Message refused: busy: 100 bytes were stored, the most one client may have stored in a day", await again.ReceiveFrameAsync());
        await again.WaitForEndAsync();
        Assert.Equal(ServiceEventCause.MessageQuota, server.Events.Of(ServiceEventKind.MessageRefused).Single().Cause);
    }

    private static string Name(int client) => string.Create(CultureInfo.InvariantCulture, $"pump-{client}");

    private static int Taken(MessageQuota quota, int count, TimeSpan now) => Enumerable.Range(0, count).Count(_ => quota.TryTake(0, now) is null);

    private static (ServiceEventCause, string) Told(ConnectionEnd? met) => (met!.Value.Cause, met.Value.Reason);

    private static async Task<MessageDelivery> SendAsync(string address, int count)
    {
        await using MessagesClient sender = MessagesClient.Open(EndpointAddress.Parse(address), new MemoryOutbox("pump"), Once);
        for (int message = 0; message < count; message++)
        {
            await sender.EnqueueAsync(Encoding.UTF8.GetBytes("text"), Stop);
        }

        return await sender.CompleteAsync(Stop);
    }
}
