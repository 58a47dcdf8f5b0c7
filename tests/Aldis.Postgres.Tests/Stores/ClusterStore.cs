using Aldis.Journal.Stores;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Queueing;
using Aldis.Postgres.Sessions;
using Aldis.Postgres.Tests.Database;
using Aldis.Protocols.Messages;
using Aldis.Tests;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>A server's store on a cluster, whose time passes as a test has it pass.</summary>
internal sealed class ClusterStore : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly VirtualTime _time = new();
    private readonly PostgresHosts? _hosts;

    /// <summary>Opens it.</summary>
    /// <param name="cluster">The nodes.</param>
    /// <param name="connection">The database.</param>
    /// <param name="level">What an acknowledgement means.</param>
    /// <param name="fault">What is wrong with it.</param>
    public ClusterStore(PostgresCluster cluster, string connection, AcknowledgementLevel level, StoreFault fault = StoreFault.None)
    {
        string address = cluster.AddressOf(connection);
        Assert.True(StoreAddress.TryParse(address, out StoreAddress? parsed, out _));
        var options = new PostgresStoreOptions { Address = address, Node = "here", Level = level, TimeProvider = _time };
        var session = new SessionOptions(
            "here", level == AcknowledgementLevel.Replicated && fault != StoreFault.ProvesNothing, options.Window, _time);
        var watch = new StoreWatch(static _ => { });
        IStoreHosts hosts = fault == StoreFault.CommitsLocally
            ? new LocalCommitHosts(connection, session)
            : _hosts = new PostgresHosts(parsed, session, new TimelineFile(null), watch);
        Store = new PostgresMessageStore(options, new StoreQueueOptions(), hosts, watch);
    }

    /// <summary>The store.</summary>
    public PostgresMessageStore Store { get; }

    /// <summary>How long a statement is waited for.</summary>
    public static TimeSpan Patience => Lanes.Patience;

    /// <summary>Opens the client <c>pump</c>, again and again until the database lets it.</summary>
    public async Task<IMessageAppender> OpenAsync()
    {
        while (true)
        {
            StoreOpening opening = await PassAsync(Store.OpenAsync("pump", "peer", TestContext.Current.CancellationToken).AsTask());
            if (opening.Appender is { } appender)
            {
                return appender;
            }

            Assert.Equal(StoreOpenStatus.Unavailable, opening.Status);
        }
    }

    /// <summary>Stores its messages up to a number, each of its number's own bytes; where nobody knows what became of one, as a client does that
    /// connects anew.</summary>
    /// <returns>The appender that stored the last one.</returns>
    public async Task<IMessageAppender> StoreAsync(IMessageAppender appender, long last)
    {
        while (appender.Progress.CommittedSequence < last)
        {
            Offer(appender, appender.Progress.CommittedSequence + 1);
            await PassAsync(SettleAsync(appender));
            appender = appender.Progress.HasEnded ? await OpenAsync() : appender;
        }

        return appender;
    }

    /// <summary>Offers a message.</summary>
    public static void Offer(IMessageAppender appender, long sequence) =>
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, BitConverter.GetBytes(sequence)));

    /// <summary>Completes when nothing of an appender waits.</summary>
    public static async Task SettleAsync(IMessageAppender appender)
    {
        while (!appender.Progress.IsSettled)
        {
            await appender.WaitForProgressAsync();
        }
    }

    /// <summary>Lets time pass at once.</summary>
    public void Advance(TimeSpan time) => _time.Advance(time);

    /// <summary>Lets time pass, slower than the real one, until something has come of a task.</summary>
    public async Task<T> PassAsync<T>(Task<T> task)
    {
        await PassAsync((Task)task);
        return await task;
    }

    /// <inheritdoc cref="PassAsync{T}(Task{T})"/>
    public async Task PassAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, Task.Delay(Step, TestContext.Current.CancellationToken));
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            _time.Advance(Step);
        }

        await task;
    }

    /// <summary>Lets time pass, and quickly, until an opening is refused because the database gives nothing.</summary>
    public async Task AssertBusyAsync(ValueTask<StoreOpening> opening)
    {
        Task<StoreOpening> asked = opening.AsTask();
        await Wait.UntilAsync(() =>
        {
            _time.Advance(Step);
            return asked.IsCompleted;
        });
        Assert.Equal(StoreOpening.Not(StoreOpenStatus.Unavailable), await asked);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await PassAsync(Store.DisposeAsync().AsTask());
        _hosts?.Dispose();
    }
}

/// <summary>What is wrong with a store.</summary>
internal enum StoreFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its commits wait for no standby.</summary>
    CommitsLocally,

    /// <summary>It believes the settings, and looks for no standby after a commit.</summary>
    ProvesNothing,
}
