using System.Text;
using System.Threading.Channels;
using Aldis.Services.Clients;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Messages;

/// <summary>
/// The client of the native form of <c>messages</c> (docs/protocols/messages.md section 5): messages are taken by an outbox, numbered,
/// pipelined and acknowledged, each stored exactly once however often the connection breaks. It reconnects by itself, with jittered
/// pauses, and reports that it does. Thread-safe.
/// </summary>
public sealed class MessagesClient : IAsyncDisposable
{
    private const int InputQueue = 1024;

    private readonly Channel<OutboxEntry> _input = Channel.CreateBounded<OutboxEntry>(
        new BoundedChannelOptions(InputQueue) { SingleReader = true });

    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly IOutbox _outbox;
    private readonly MessageDeliveryLoop _loop;
    private readonly Task<MessageDelivery> _delivery;
    private volatile bool _isCompleting;

    private MessagesClient(
        EndpointAddress address, IOutbox outbox, MessagesClientOptions options, Action<MessagesClientEvent>? events)
    {
        _outbox = outbox;
        _loop = new MessageDeliveryLoop(
            address.WithDefaults("localhost", MessagesConversation.DefaultPort),
            outbox,
            options,
            events,
            _input,
            async stop => await ClientStream.ConnectAsync(address, MessagesConversation.DefaultPort, options, stop).ConfigureAwait(false),
            TimeProvider.System);
        _delivery = Task.Run(() => RunAsync(_abandon.Token));
    }

    /// <summary>Starts a client with an outbox in memory: what is not acknowledged when the process ends is lost. It opens and does not
    /// connect: it takes messages before there is a server.</summary>
    /// <param name="address">Where to, for example <c>127.0.0.1:9999</c>; the port is 9999 where it names none.</param>
    /// <param name="clientId">The client's id, 1 to 32 characters of A–Z a–z 0–9 . _ -; a random one if left out.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="events">Told what happens, one call at a time, from the client's own loop: it must not block.</param>
    /// <returns>The client; the caller completes and disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="OutboxException">The id is not allowed.</exception>
    public static MessagesClient Open(
        string address,
        string? clientId = null,
        MessagesClientOptions? options = null,
        Action<MessagesClientEvent>? events = null) =>
        Open(EndpointAddress.Parse(address), new MemoryOutbox(clientId), options, events);

    /// <summary>Starts a client with an outbox on disk, which goes on where it left off: what was not acknowledged when a process ended is
    /// sent by the next. It opens and does not connect: it takes messages before there is a server.</summary>
    /// <param name="address">Where to; the port is 9999 where it names none.</param>
    /// <param name="outbox">Where the outbox is; the client has it for itself until it is disposed.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="events">Told what happens, one call at a time, from the client's own loop: it must not block.</param>
    /// <returns>The client; the caller completes and disposes it.</returns>
    /// <exception cref="OutboxException">The outbox cannot be used; the message says why and what to do.</exception>
    public static MessagesClient Open(
        EndpointAddress address, OutboxOptions outbox, MessagesClientOptions? options = null, Action<MessagesClientEvent>? events = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Open(address, FileOutbox.Open(outbox), options, events);
    }

    /// <summary>Starts a client that goes on where an outbox left off.</summary>
    /// <param name="address">Where to; the port is 9999 where it names none.</param>
    /// <param name="outbox">What was and is to be sent; the client owns it from now on and disposes it.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="events">Told what happens, one call at a time, from the client's own loop: it must not block.</param>
    /// <returns>The client; the caller completes and disposes it.</returns>
    internal static MessagesClient Open(
        EndpointAddress address, IOutbox outbox, MessagesClientOptions? options = null, Action<MessagesClientEvent>? events = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(outbox);
        return new MessagesClient(address, outbox, options ?? new MessagesClientOptions(), events);
    }

    /// <summary>Sends a text and waits until the server acknowledged it at its level.</summary>
    /// <param name="text">Any text, sent as UTF-8.</param>
    /// <param name="cancellationToken">Stops waiting; the message may be sent all the same.</param>
    /// <returns>A task that ends when the message is acknowledged.</returns>
    /// <exception cref="CommunicationException">It was refused, or the client gave up.</exception>
    /// <exception cref="OutboxException">The outbox did not take it, or failed.</exception>
    public Task SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Sends a message and waits until the server acknowledged it at its level.</summary>
    /// <param name="payload">The message; it must not change until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting; the message may be sent all the same.</param>
    /// <returns>A task that ends when the message is acknowledged.</returns>
    /// <exception cref="CommunicationException">It was refused, or the client gave up.</exception>
    /// <exception cref="OutboxException">The outbox did not take it, or failed.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(new OutboxEntry(payload, acknowledged), cancellationToken).ConfigureAwait(false);
        await acknowledged.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands a message over without waiting for its acknowledgement; <see cref="CompleteAsync"/> waits for all of them.</summary>
    /// <param name="payload">The message; it must not change until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting for room.</param>
    /// <returns>A task that ends when there was room for it. From then on it goes into the outbox, whatever becomes of the client; when it is
    /// safe there, <see cref="SaveAsync"/> tells.</returns>
    /// <exception cref="CommunicationException">The client gave up before; it did not take the message.</exception>
    /// <exception cref="OutboxException">The same, because the outbox took no more, or failed.</exception>
    public ValueTask EnqueueAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        WriteAsync(new OutboxEntry(payload), cancellationToken);

    /// <summary>
    /// Hands a message over and waits until the outbox has it safe, whether or not there is a server: one on disk (<see cref="OutboxOptions"/>)
    /// keeps it across a crash and sends it then. Who saves many messages begins with the next before the last is safe: those that wait
    /// together are made safe together.
    /// </summary>
    /// <param name="payload">The message; it must not change until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting; the message may be taken all the same.</param>
    /// <returns>A task that ends when the outbox has the message.</returns>
    /// <exception cref="CommunicationException">The client gave up before; it did not take the message.</exception>
    /// <exception cref="OutboxException">The outbox did not take it, or failed.</exception>
    public async Task SaveAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(new OutboxEntry(payload, Taken: taken), cancellationToken).ConfigureAwait(false);
        await taken.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Cancelled when the client has ended, for whatever reason: it was completed, gave up, or was turned away.
    /// <see cref="CompleteAsync"/> then tells what became of the messages.
    /// </summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Takes no more messages, waits until all are acknowledged or the client gives up, and says goodbye.</summary>
    /// <param name="cancellationToken">Abandons what is not acknowledged.</param>
    /// <returns>What became of the messages. A failure is in the result, not thrown.</returns>
    public async Task<MessageDelivery> CompleteAsync(CancellationToken cancellationToken = default)
    {
        _isCompleting = true;
        _input.Writer.TryComplete();
        using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abandon);
        return await _delivery.ConfigureAwait(false);
    }

    /// <summary>Ends the client; what is not acknowledged is abandoned (an outbox on disk keeps it).</summary>
    /// <returns>A task that ends when the connection and the outbox are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _isCompleting = true;
        _input.Writer.TryComplete();
        if (!_delivery.IsCompleted)
        {
            await _abandon.CancelAsync().ConfigureAwait(false);
        }

        await _delivery.ConfigureAwait(false);
        _outbox.Dispose();
        _abandon.Dispose();
        _ended.Dispose();
    }

    private async ValueTask WriteAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await _input.Writer.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Closed by the caller, or by the delivery, which then ends.
            throw _isCompleting && !_delivery.IsCompletedSuccessfully
                ? new ObjectDisposedException(nameof(MessagesClient))
                : MessageDeliveryLoop.GaveUp(await _delivery.ConfigureAwait(false));
        }
    }

    private async Task<MessageDelivery> RunAsync(CancellationToken abandon)
    {
        Exception reason = new ObjectDisposedException(nameof(MessagesClient));
        try
        {
            MessageDelivery delivery = await _loop.RunAsync(abandon).ConfigureAwait(false);
            reason = MessageDeliveryLoop.GaveUp(delivery);
            return delivery;
        }
        finally
        {
            // What came too late to be taken fails for the same reason as what was taken.
            _input.Writer.TryComplete();
            while (_input.Reader.TryRead(out OutboxEntry entry))
            {
                entry.Fail(reason);
            }

            await _ended.CancelAsync().ConfigureAwait(false);
        }
    }
}
