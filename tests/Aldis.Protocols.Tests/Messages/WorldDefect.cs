namespace Aldis.Protocols.Tests.Messages;

/// <summary>A way to break <see cref="LossyWorld"/>, to show that its checks can fail.</summary>
internal enum WorldDefect
{
    None,

    /// <summary>The server acknowledges what is only queued.</summary>
    AcknowledgesBeforeCommit,

    /// <summary>The client sends before its state is persisted.</summary>
    SendsBeforePersisting,

    /// <summary>The client says BYE before it has persisted that everything is acknowledged.</summary>
    SaysGoodbyeBeforePersisting,

    /// <summary>A newer connection is answered while an older one's messages are under way.</summary>
    AnswersNewerConnectionAtOnce,

    /// <summary>A restarted client numbers its items from the server's mark and forgets its own state.</summary>
    ForgetsState,

    /// <summary>A client takes the server's mark for an acknowledgement of its own messages.</summary>
    BelievesLast,

    /// <summary>A client refuses what is longer than the server takes today although the server may have it.</summary>
    AppliesLimitToRepeats,

    /// <summary>The server forgets messages that their client may not have seen acknowledged.</summary>
    ForgetsWithinWindow,

    /// <summary>The server forgets what a smaller window does not cover as soon as the window is smaller.</summary>
    ForgetsWhenWindowShrinks,

    /// <summary>The server answers a repeat as the same whatever it is.</summary>
    AnswersWithoutComparing,
}
