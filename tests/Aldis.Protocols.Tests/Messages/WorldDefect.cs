namespace Aldis.Protocols.Tests.Messages;

/// <summary>A way to break <see cref="LossyWorld"/>, to show that its checks can fail.</summary>
internal enum WorldDefect
{
    None,

    /// <summary>The server acknowledges what is only queued.</summary>
    AcknowledgesBeforeCommit,

    /// <summary>The client sends before its state is persisted.</summary>
    SendsBeforePersisting,

    /// <summary>A newer connection is answered while an older one's messages are under way.</summary>
    AnswersNewerConnectionAtOnce,

    /// <summary>A restarted client numbers its items from the server's mark and forgets its own state.</summary>
    ForgetsState,
}
