using Aldis.Protocols.Budgets;

namespace Aldis.Transports.Budgets;

/// <summary>A connection that does as its server's budget says.</summary>
internal interface IBudgetedConnection : IReceiveOwner
{
    /// <summary>Reads again what was held back. On any thread.</summary>
    void ResumeReading();

    /// <summary>Ends. On any thread.</summary>
    /// <param name="reason">Why, as a clause about the client.</param>
    void EndForMemory(string reason);
}
