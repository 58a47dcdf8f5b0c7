using System.Buffers.Binary;
using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;

namespace Aldis.Services.Tests.Messages;

/// <summary>How many new ids one sender may bring, in virtual time.</summary>
public sealed class NewClientQuotaTests
{
    private static readonly ConnectionLimits Limits = ConnectionLimits.Default;

    [Fact]
    public void A_million_ids_from_one_address_leave_all_but_ten_thousand_places_to_others()
    {
        var quota = new NewClientQuota();
        TimeSpan now = TimeSpan.Zero;
        var sender = Sender(1);
        int taken = 0;
        for (int id = 0; id < 1_000_000; id++)
        {
            // As fast as it was seen, 3,562 a second; and it goes on for as long as it takes.
            now += TimeSpan.FromMicroseconds(281);
            taken += quota.TryTake(sender, Limits, now) is null ? 1 : 0;
        }

        Assert.InRange(taken, 9_900, 10_000);
        Assert.Equal(1_000_000 - taken, quota.Refused);
        Assert.Null(quota.TryTake(Sender(2), Limits, now));
    }

    [Fact]
    public void At_most_the_number_comes_however_slowly()
    {
        var quota = new NewClientQuota();
        TimeSpan now = TimeSpan.Zero;
        for (int id = 0; id < Limits.MaxNewClients; id++)
        {
            Assert.Null(quota.TryTake(Sender(1), Limits, now += TimeSpan.FromHours(1)));
        }

        ConnectionEnd met = quota.TryTake(Sender(1), Limits, now + TimeSpan.FromDays(1000))!.Value;
        Assert.Equal(ServiceEventCause.NewClientLimit, met.Cause);
        Assert.Contains("10000 new client ids came from this address", met.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_seconds_worth_may_come_at_once_and_the_rest_as_fast_as_the_rate()
    {
        var quota = new NewClientQuota();
        var sender = Sender(1);
        Assert.Equal(1000, Enumerable.Range(0, 5000).Count(_ => quota.TryTake(sender, Limits, TimeSpan.Zero) is null));
        Assert.Equal(ServiceEventCause.NewClientRate, quota.TryTake(sender, Limits, TimeSpan.Zero)!.Value.Cause);
        Assert.Equal(50, Enumerable.Range(0, 5000).Count(_ => quota.TryTake(sender, Limits, TimeSpan.FromSeconds(0.5)) is null));
        Assert.Equal(1000, Enumerable.Range(0, 5000).Count(_ => quota.TryTake(sender, Limits, TimeSpan.FromSeconds(600)) is null));
    }

    [Fact]
    public void One_token_behind_many_addresses_is_one_sender()
    {
        var quota = new NewClientQuota();
        TimeSpan now = TimeSpan.Zero;
        int taken = 0;
        for (int id = 0; id < 30_000; id++)
        {
            taken += quota.TryTake(Sender((uint)id % 200, "secret"), Limits, now += TimeSpan.FromSeconds(1)) is null ? 1 : 0;
        }

        Assert.Equal(10_000, taken);

        // What the token had no room for was not counted against its address.
        Assert.Null(quota.TryTake(Sender(7, "another"), Limits, now));
    }

    [Fact]
    public void What_the_store_did_not_take_is_not_counted()
    {
        var quota = new NewClientQuota();
        var sender = Sender(1, "secret");
        for (int attempt = 0; attempt < 100_000; attempt++)
        {
            Assert.Null(quota.TryTake(sender, Limits, TimeSpan.Zero));
            quota.GiveBack(sender, Limits, TimeSpan.Zero);
        }
    }

    [Fact]
    public void However_many_addresses_come_the_memory_is_bounded_and_who_brought_many_is_not_forgotten()
    {
        var quota = new NewClientQuota(maxSenders: 1000);
        TimeSpan now = TimeSpan.Zero;
        var greedy = Sender(1);
        for (int id = 0; id < Limits.MaxNewClients; id++)
        {
            Assert.Null(quota.TryTake(greedy, Limits, now += TimeSpan.FromSeconds(1)));
        }

        for (int address = 0; address < 200_000; address++)
        {
            Assert.Null(quota.TryTake(Sender(1000 + (uint)address), Limits, now));
            now += TimeSpan.FromMilliseconds(12);
        }

        Assert.InRange(quota.Senders, 1, 1000);
        Assert.NotNull(quota.TryTake(greedy, Limits, now));
    }

    [Fact]
    public void Senders_for_whom_there_is_no_room_count_as_one()
    {
        var quota = new NewClientQuota(maxSenders: 10);
        TimeSpan now = TimeSpan.Zero;
        foreach (int id in Enumerable.Range(0, 10 * 100))
        {
            // Ten who brought too many to be forgotten.
            Assert.Null(quota.TryTake(Sender((uint)id % 10), Limits, now += TimeSpan.FromSeconds(1)));
        }

        int taken = Enumerable.Range(0, 20_000).Count(
            id => quota.TryTake(Sender(1000 + (uint)id), Limits, now += TimeSpan.FromSeconds(1)) is null);
        Assert.Equal((10_000, 10), (taken, quota.Senders));
    }

    private static byte[] Bytes(uint address)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return bytes;
    }

    private static NewClientSource Sender(uint address, string? token = null) => new(NetworkKey.Of(Bytes(address)), token);
}
