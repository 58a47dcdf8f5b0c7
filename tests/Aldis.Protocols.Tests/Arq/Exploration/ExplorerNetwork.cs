namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>What the network may do.</summary>
internal enum ExplorerNetwork
{
    /// <summary>Each direction holds a few datagrams, in any order, and loses what is sent into it when it is full. Each further loss and
    /// each copy counts against the bounds.</summary>
    Counted,

    /// <summary>Whatever was sent may arrive at any later time, any number of times, or never.</summary>
    Free,

    /// <summary>
    /// Like <see cref="Free"/>, but an acknowledgement arrives at once or never. Both ends go through the same in selective repeat:
    /// <list type="number">
    /// <item>Acknowledgements of an end name ever more. One that arrives behind a later one says nothing, so those that have an effect
    /// arrive in the order in which they were sent.</item>
    /// <item>What an end does shows to the other only in what arrives from it, and its clock is its own. So all it does between two
    /// acknowledgements of its that have an effect can wait until right before the second one arrives, and that one arrives at
    /// once.</item>
    /// <item>What else could arrive from it before is DATA. The client sends DATA whether it has the server's FIN or not, and the
    /// server sends nothing but that FIN; until it closes, it changes nothing of what an end sends. So the FIN, too, can arrive
    /// later: right before the acknowledgement of it does.</item>
    /// </list>
    /// <c>Acknowledgements_that_arrive_at_once_or_never_lead_both_ends_to_the_same_states</c> holds it against <see cref="Free"/>.
    /// </summary>
    FreeAtOnce,
}
