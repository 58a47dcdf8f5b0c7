using Aldis.Protocols.Budgets;

namespace Aldis.Transports.Budgets;

/// <summary>A feature of connections whose received bytes are counted against a budget.</summary>
internal interface IReceiveAccountFeature
{
    /// <summary>Where they are counted; null where nothing bounds them, as for a connection that was dialled.</summary>
    ReceiveAccount? Account { get; }
}
