using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Native;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Files;

/// <summary>
/// Receives files in the form that the client's first bytes choose (docs/protocols/files.md). Native with a preface; otherwise plain: a
/// greeting, the answer <c>Hello from the server!</c>, then bytes until the client finishes writing. The file is then stored as
/// <c>received_file.txt</c>, <c>received_file-2.txt</c> and so on. A reset stores nothing.
/// </summary>
/// <param name="inbox">Where files go.</param>
/// <param name="service">What the native form is served with; only the plain form is spoken if left out.</param>
/// <param name="policy">Says which peer may be which native client; everyone may be everyone if left out.</param>
/// <param name="received">Told of each file that is stored.</param>
internal sealed class FilesHandler(
    FileInbox inbox, FilesService? service = null, IClientPolicy? policy = null, IFileReceived? received = null) : ConnectionHandler, IStoreOwner
{
    private static readonly string Service = Encoding.ASCII.GetString(FileWords.Service);

    /// <summary>The name of a file that came without one.</summary>
    public const string PlainName = "received_file.txt";

    /// <inheritdoc/>
    Task<string> IStoreOwner.StoreFailed => inbox.Failed;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        StreamForm form = service is null
            ? StreamForm.Plain
            : await FormDetection.DetectAsync(connection.Transport.Input, served).ConfigureAwait(false);
        switch (form)
        {
            case StreamForm.Native:
                await ServeNativeAsync(connection, served, service!).ConfigureAwait(false);
                break;
            case StreamForm.Plain when await AccessCheck.RefusePlainAsync(policy, connection, served, Service).ConfigureAwait(false) is { } why:
                await RefusePlainAsync(connection, served, why).ConfigureAwait(false);
                break;
            case StreamForm.Plain:
                await ServePlainAsync(connection, served).ConfigureAwait(false);
                break;
            default:
                break;
        }
    }

    private async Task ServeNativeAsync(ConnectionContext connection, ServedConnection served, FilesService service)
    {
        var handshake = new NativeHandshake(connection, served, Service, policy ?? EveryClient.Instance, ServiceEventKind.FileRefused, ClientRights.None);
        HandshakeEnd end = await handshake.RunAsync().ConfigureAwait(false);
        if (end == HandshakeEnd.Undecided)
        {
            ErrorUnit.Write(RefusalCode.ShuttingDown, connection.Transport.Output.GetSpan(ControlUnit.Size));
            connection.Transport.Output.Advance(ControlUnit.Size);
            await AnswerFlush.TryFlushAsync(connection.Transport.Output, served).ConfigureAwait(false);
        }

        if (end != HandshakeEnd.Accepted)
        {
            return;
        }

        Func<ClientRights, ValueTask<ClientVerdict>>? mayDo = policy is null ? null : rights => policy.DecideAsync(
            ClientClaim.Of(connection, served, Service, handshake.Client, handshake.Token, rights), served.Stopping);
        var session = new FilesSession(
            connection, served, service, handshake.Client, new ReceivedNotice(inbox.Directory, served, received), mayDo);
        await using ConfiguredAsyncDisposable closing = session.ConfigureAwait(false);
        if (await session.RunAsync().ConfigureAwait(false))
        {
            await LingeringClose.DrainAsync(connection.Transport.Input, TimeProvider.System).ConfigureAwait(false);
        }
    }

    // In place of the answer to the greeting, which such a client shows or tells to be wrong.
    private static async Task RefusePlainAsync(ConnectionContext connection, ServedConnection served, ConnectionEnd why)
    {
        served.EndBecause(why with { Reason = "refused: " + why.Reason });
        served.Publish(ServiceEventKind.FileRefused, detail: why.Reason, cause: why.Cause);
        _ = await connection.Transport.Output.WriteAsync(TokenRefusal.Of(why.Reason)).ConfigureAwait(false);
        await LingeringClose.DrainAsync(connection.Transport.Input, TimeProvider.System).ConfigureAwait(false);
    }

    private async Task ServePlainAsync(ConnectionContext connection, ServedConnection served)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        if (!await GreetAsync(input, output, served).ConfigureAwait(false))
        {
            return;
        }

        Exception? broken = null;
        try
        {
            IncomingFile file = await inbox.BeginAsync(PlainName).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = file.ConfigureAwait(false);
            served.Intake = () => new FileIntake(PlainName, ManifestEntry.UnknownSize, file.Length, 1, 0, ManifestEntry.UnknownSize, file.Length);
            (bool isWhole, broken) = await ReceiveAsync(input, file, served).ConfigureAwait(false);
            if (isWhole)
            {
                string name = await file.CompleteAsync().ConfigureAwait(false);
                served.CountMessage();
                served.PublishFile(name, file.Length, digest: null);
                new ReceivedNotice(inbox.Directory, served, received).Tell(name, file.Length, digest: null);
            }
            else
            {
                served.Publish(
                    ServiceEventKind.FileRefused,
                    file.Length,
                    detail: "the file did not come to its end; nothing is stored",
                    cause: ServiceEventCause.Incomplete);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The plain form has no word for it: the client sees the connection break.
            string why = exception is InboxUncertainException ? exception.Message : "not stored: " + exception.Message;
            ServiceEventCause cause = exception is InboxRefusedException { IsForDescriptors: true }
                ? ServiceEventCause.DescriptorLimit
                : ServiceEventCause.NotStored;
            served.EndBecause(new(cause, why));
            served.Publish(ServiceEventKind.FileRefused, detail: exception.Message, cause: cause);
            connection.Abort(new ConnectionAbortedException(exception.Message));
        }

        served.Intake = null;
        if (broken is not null)
        {
            ExceptionDispatchInfo.Throw(broken);
        }
    }

    /// <summary>Takes the greeting and answers it.</summary>
    /// <returns>False where there was none: the client came and went.</returns>
    private static async Task<bool> GreetAsync(PipeReader input, PipeWriter output, ServedConnection served)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> received = read.Buffer;
            if (served.Stop.IsGentle() || served.Stop == StopCause.Idle)
            {
                return false;
            }

            bool final = read.IsCompleted || served.Stop == StopCause.UnitIncomplete;
            switch (GreetingParser.Parse(received, final, out int length))
            {
                case GreetingStatus.Nothing:
                    return false;
                case GreetingStatus.Greeting:
                    served.Resume();
                    served.UnitEnded();
                    served.Progressed();
                    ReadOnlySequence<byte> greeting = received.Slice(0, length);
                    byte[] shown = served.Shown(greeting);
                    input.AdvanceTo(greeting.End);
                    output.Write(GreetingParser.Answer);
                    served.Publish(ServiceEventKind.GreetingReceived, length, shown);
                    return !(await output.FlushAsync().ConfigureAwait(false)).IsCompleted || read.IsCompleted;
                default:
                    if (!received.IsEmpty)
                    {
                        served.UnitBegan();
                    }

                    input.AdvanceTo(received.Start, received.End);
                    break;
            }
        }
    }

    /// <summary>Writes what comes until the client finishes writing.</summary>
    /// <returns>Whether the file is whole; and what broke the connection, where something did.</returns>
    private static async Task<(bool IsWhole, Exception? Broken)> ReceiveAsync(PipeReader input, IncomingFile file, ServedConnection served)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                return (false, exception);
            }

            if (!read.Buffer.IsEmpty)
            {
                served.Progressed();
                await file.WriteAsync(read.Buffer).ConfigureAwait(false);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return (true, null);
            }

            if (served.Stop == StopCause.Idle)
            {
                return (false, null);
            }
        }
    }
}
